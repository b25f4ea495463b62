package dev.espalier.coordinator.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A row of a journal.
 *
 * @param manifest the kind of event
 */
public record StoredEvent(long sequence, String manifest, Instant at, byte[] payload) {
    private static final String QUERY = "SELECT \"sequence_number\", \"event_ser_manifest\", \"write_timestamp\","
            + " \"event_payload\" FROM \"event_journal\" WHERE \"persistence_id\" = ? ORDER BY \"ordering\"";

    /** In the order in which they were written. */
    public static List<StoredEvent> of(Connection connection, String entity) throws SQLException {
        List<StoredEvent> events = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            query.setString(1, entity);
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    events.add(new StoredEvent(
                            found.getLong(1),
                            found.getString(2),
                            Instant.ofEpochMilli(found.getLong(3)),
                            found.getBytes(4)));
                }
            }
        }
        return events;
    }
}
