package dev.espalier.coordinator.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Random;

/** Appends to a journal as the plugin does, and says what it appended. Its own process, or part of a test's. */
final class EventWriter implements AutoCloseable {
    private static final String INSERT = "INSERT INTO event_journal (persistence_id, sequence_number, writer,"
            + " write_timestamp, adapter_manifest, event_payload, event_ser_id, event_ser_manifest)"
            + " VALUES ('Run|x', ?, 'w', 1, '', ?, 7, 'e')";

    private final Connection connection;

    EventWriter(Path directory) throws SQLException {
        connection = SqliteConnection.open(directory.resolve("journal.db"));
    }

    /** What event {@code number} holds: between some bytes and some pages. */
    static byte[] payload(long number) {
        Random random = new Random(number);
        byte[] payload = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(600)];
        random.nextBytes(payload);
        return payload;
    }

    /** Appends events {@code first} to {@code last} in one transaction. */
    void append(long first, long last) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (long number = first; number <= last; number++) {
                insert.setLong(1, number);
                insert.setBytes(2, payload(number));
                insert.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            // On a full disk SQLite has rolled back by itself, and says of both that there is nothing left to end.
            trying(connection::rollback, e);
            trying(() -> connection.setAutoCommit(true), e);
            throw e;
        }
        connection.setAutoCommit(true);
    }

    private interface Ending {
        void run() throws SQLException;
    }

    private static void trying(Ending ending, SQLException failure) {
        try {
            ending.run();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /**
     * Appends from an event on until it is stopped, and prints the number of the last event after each transaction.
     *
     * @param args the journal's folder, the first event's number, a seed, the longest pause in milliseconds
     */
    @SuppressWarnings("InfiniteLoopStatement")
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        Random random = new Random(Long.parseLong(args[2]));
        new SqliteJournal(directory).open(Optional.empty());
        EventWriter writer = new EventWriter(directory);
        for (long next = Long.parseLong(args[1]); ; ) {
            long last = next + random.nextInt(5);
            writer.append(next, last);
            System.out.write((last + "\n").getBytes(StandardCharsets.US_ASCII));
            System.out.flush();
            next = last + 1;
            if (random.nextInt(10) == 0) {
                Thread.sleep(random.nextInt(Integer.parseInt(args[3])));
            }
        }
    }
}
