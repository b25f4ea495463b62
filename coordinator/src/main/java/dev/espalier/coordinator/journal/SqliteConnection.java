package dev.espalier.coordinator.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.jdbc4.JDBC4Connection;

/** A connection through which events are written; it notes which were acknowledged. */
final class SqliteConnection extends JDBC4Connection {
    private static final String LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'event_journal'";
    private static final String URL = "jdbc:sqlite:";

    /** A run and a probe wait for each other's commits; the disk may be slow. */
    private static final int BUSY_MILLIS = 20_000;

    /** 256 KiB: the write-ahead log stays small, and is read quickly after a kill. */
    private static final int CHECKPOINT_PAGES = 64;

    private final Acknowledged acknowledged;
    private final PreparedStatement last;

    private SqliteConnection(Path file, Acknowledged acknowledged) throws SQLException {
        super(URL + address(file), address(file), settings(false).toProperties());
        this.acknowledged = acknowledged;
        EventChecksum.register(this);
        last = prepareStatement(LAST);
    }

    /** @param file of a journal with its tables */
    static SqliteConnection open(Path file) throws SQLException {
        Acknowledged acknowledged;
        try {
            acknowledged = Acknowledged.open(file.getParent());
        } catch (IOException e) {
            throw new SQLException(file.resolveSibling(Acknowledged.NAME) + " cannot be written: " + e.getMessage(), e);
        }
        return new SqliteConnection(file, acknowledged);
    }

    /** A connection that writes no events. */
    static Connection plain(Path file, boolean readOnly) throws SQLException {
        Connection connection = settings(readOnly).createConnection(URL + address(file));
        EventChecksum.register(connection);
        return connection;
    }

    /** In an address, no letter of the path means anything to SQLite or its driver. */
    private static String address(Path file) {
        return file.toAbsolutePath().toUri().toString();
    }

    private static SQLiteConfig settings(boolean readOnly) {
        SQLiteConfig settings = new SQLiteConfig();
        settings.setReadOnly(readOnly);
        settings.setBusyTimeout(BUSY_MILLIS);
        if (!readOnly) {
            settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
            settings.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            settings.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            settings.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, Integer.toString(CHECKPOINT_PAGES));
            settings.enforceForeignKeys(true);
        }
        return settings;
    }

    @Override
    public void commit() throws SQLException {
        long written = lastEvent();
        super.commit();
        try {
            acknowledged.raise(written);
        } catch (IOException e) {
            throw new SQLException("the number of the last event cannot be written: " + e.getMessage(), e);
        }
    }

    private long lastEvent() throws SQLException {
        try (ResultSet found = last.executeQuery()) {
            return found.next() ? found.getLong(1) : 0;
        }
    }

    @Override
    public void close() throws SQLException {
        super.close();
        try {
            acknowledged.close();
        } catch (IOException e) {
            throw new SQLException(e);
        }
    }
}
