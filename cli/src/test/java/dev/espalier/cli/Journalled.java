package dev.espalier.cli;

import dev.espalier.protocol.RunEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** What a coordinator that has stopped left in its journal. */
final class Journalled {
    private static final String EVENTS = "SELECT \"event_payload\", \"event_ser_manifest\" FROM \"event_journal\""
            + " WHERE \"persistence_id\" = ? ORDER BY \"sequence_number\"";

    private Journalled() {}

    /** A run's events in their order. */
    static List<RunEvent> events(ActorTestKit kit, Path data, String run) throws SQLException, IOException {
        SerializerWithStringManifest serializer = (SerializerWithStringManifest)
                SerializationExtension.get(Adapter.toClassic(kit.system())).serializerFor(RunEvent.Paused.class);
        List<RunEvent> events = new ArrayList<>();
        String url = "jdbc:h2:file:" + data.resolve("journal/journal").toAbsolutePath() + ";IFEXISTS=TRUE";
        try (Connection connection = DriverManager.getConnection(url, "espalier", "");
                PreparedStatement query = connection.prepareStatement(EVENTS)) {
            query.setString(1, "Run|" + run);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    events.add((RunEvent) serializer.fromBinary(rows.getBytes(1), rows.getString(2)));
                }
            }
        }
        return events;
    }
}
