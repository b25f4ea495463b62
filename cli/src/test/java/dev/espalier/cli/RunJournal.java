package dev.espalier.cli;

import dev.espalier.coordinator.journal.StoredEvent;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import java.io.NotSerializableException;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** What is in a journal of one run, read past the coordinators. */
final class RunJournal {
    interface Database {
        Connection connect() throws Exception;
    }

    private final Database database;
    private final String entity;
    private final SerializerWithStringManifest serializer;

    RunJournal(Database database, String run, ActorSystem<?> system) throws NotSerializableException {
        this.database = database;
        entity = "Run|" + run;
        serializer = (SerializerWithStringManifest)
                SerializationExtension.get(Adapter.toClassic(system)).serializerFor(RunEvent.Paused.class);
    }

    List<StoredEvent> stored() throws Exception {
        try (Connection connection = database.connect()) {
            return StoredEvent.of(connection, entity);
        }
    }

    List<RunEvent> events() throws Exception {
        return stored().stream().map(this::event).toList();
    }

    private RunEvent event(StoredEvent stored) {
        try {
            return (RunEvent) serializer.fromBinary(stored.payload(), stored.manifest());
        } catch (NotSerializableException e) {
            throw new IllegalStateException(e);
        }
    }

    <E extends RunEvent> Stream<E> all(Class<E> kind) throws Exception {
        return events().stream().filter(kind::isInstance).map(kind::cast);
    }

    /** Assignments whose results were merged. */
    List<AssignmentKey> merged() throws Exception {
        return all(RunEvent.Merged.class).map(event -> event.result().key()).toList();
    }

    /** What was written after {@code instant}. */
    List<StoredEvent> since(Instant instant) throws Exception {
        return stored().stream().filter(event -> event.at().isAfter(instant)).toList();
    }
}
