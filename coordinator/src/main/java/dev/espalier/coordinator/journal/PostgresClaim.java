package dev.espalier.coordinator.journal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Keeps coordinators apart that share a database and know nothing of each other: one that stands alone has it for itself,
 * those of a cluster have it together. It is a lock of a database session, and so gone when the process is, however that
 * ends. Not thread-safe.
 */
final class PostgresClaim implements AutoCloseable {
    /** Any number that nobody else locks in this database. */
    private static final long LOCK = 0x65_73_70_61_6c_69_65_73L;

    /** Longer than the server takes to notice that a machine is gone, by the settings below. */
    private static final Duration PATIENCE = Duration.ofSeconds(6);

    private static final String NOTICE_SOON =
            "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 2";
    private static final long MILLIS_BETWEEN_TRIES = 200;
    private static final int ANSWER_SECONDS = 5;

    /** Opens a connection to the database. */
    interface Connector {
        Connection connect() throws SQLException;
    }

    private final Connector connector;
    private final String lock;
    private Connection session;

    /** @param alone whether the database is for this coordinator only */
    PostgresClaim(Connector connector, boolean alone) {
        this.connector = connector;
        lock = "SELECT " + (alone ? "pg_try_advisory_lock" : "pg_try_advisory_lock_shared") + "(" + LOCK + ")";
    }

    /** Waits a little for one that is just gone; false if the database is another's. */
    boolean take() throws SQLException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds()) {
            if (System.nanoTime() > end) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN_TRIES);
        }
        return true;
    }

    /** Whether the database is claimed; claims it anew if it was away in between. */
    boolean holds() throws SQLException {
        if (session != null && session.isValid(ANSWER_SECONDS)) {
            return true;
        }
        close();
        Connection connection = connector.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute(NOTICE_SOON);
            try (ResultSet locked = statement.executeQuery(lock)) {
                if (locked.next() && locked.getBoolean(1)) {
                    session = connection;
                }
            }
        } finally {
            if (session == null) {
                connection.close();
            }
        }
        return session != null;
    }

    @Override
    public void close() throws SQLException {
        if (session != null) {
            Connection last = session;
            session = null;
            last.close();
        }
    }
}
