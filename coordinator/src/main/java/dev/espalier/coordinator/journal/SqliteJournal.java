package dev.espalier.coordinator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The journal as an SQLite database in a folder of its own, for one process, on a local disk. A commit is on the device
 * before it is acknowledged. While it is open, nothing in this process may open the database's files otherwise, not even
 * to read them: closing a file drops all locks that the process has on it.
 */
public final class SqliteJournal extends Journal {
    private static final String FILE = "journal.db";

    /** What was written until November 2026, by a database that may lose the end of it. */
    private static final String H2_FILE = "journal.mv.db";

    private final Path directory;
    private final Path file;
    private FolderLock lock;

    /** @param directory {@code journal/} of a run folder or of a coordinator's data */
    public SqliteJournal(Path directory) {
        this.directory = directory.toAbsolutePath();
        file = this.directory.resolve(FILE);
    }

    @Override
    public Config config() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("profile", "slick.jdbc.SQLiteProfile$");
        settings.put("db.dataSourceClass", SqliteDataSource.class.getName());
        settings.put("db.properties.address", file.toUri().toString());
        // SQLite writes one transaction at a time; what entities write meanwhile is gathered into the next.
        settings.put("db.numThreads", 1);
        settings.put("db.maxConnections", 1);
        settings.put("db.minConnections", 1);
        settings.put("db.maxLifetime", 0);
        settings.put("db.idleTimeout", 0);
        return ConfigFactory.parseMap(settings).atPath("jdbc-journal.slick");
    }

    @Override
    public void open(Optional<Path> trace) throws IOException {
        Files.createDirectories(directory);
        lock = FolderLock.take(
                directory, this + " is in use by another process: wait for it to end, or use another folder");
        try {
            refuseH2();
            SqliteLibrary.load(directory.resolve("native"));
            new SqliteInspection(file).refuseDamage();
            createTables(trace);
        } catch (IOException | UserError e) {
            close();
            throw e;
        }
    }

    private void refuseH2() {
        Path old = directory.resolve(H2_FILE);
        if (Files.exists(old) && !Files.exists(file)) {
            throw new UserError(old + " is a journal of an earlier version, kept in an H2 database, which may have lost"
                    + " events: finish its runs with the version that began them, or begin anew in another folder;"
                    + " models, students and reports in the run folders stay as they are");
        }
    }

    private void createTables(Optional<Path> trace) throws IOException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // Unlike others, this call executes all statements of a text.
            statement.executeUpdate(script("sqlite.sql"));
            connection.commit();
            refuseEmptied(connection, trace);
        } catch (SQLException e) {
            throw new IOException(this + " cannot be opened: " + e.getMessage(), e);
        }
    }

    @Override
    Connection connect() throws SQLException {
        return SqliteConnection.plain(file, false);
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }

    @Override
    public String toString() {
        return "the journal in " + directory;
    }
}
