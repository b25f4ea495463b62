package dev.espalier.coordinator.journal;

import com.typesafe.config.Config;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.JournalConfig;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Where events are kept. A commit is on disk before it is acknowledged, and the key (entity, sequence number) lets
 * nobody append to an entity who has not read all that others appended.
 */
public abstract sealed class Journal implements Closeable permits SqliteJournal, PostgresJournal {
    private static final String PROBE = "UPDATE \"espalier_probe\" SET \"at\" = CURRENT_TIMESTAMP WHERE \"id\" = 1";
    private static final String ANY_EVENT = "SELECT 1 FROM \"event_journal\" LIMIT 1";
    private static final String INTEGRITY_VIOLATED = "23";

    /**
     * @param directory of a journal without a database of its own
     * @param alone whether the coordinator has the journal for itself
     * @throws UserError if it cannot be there
     */
    public static Journal of(JournalConfig config, Path directory, boolean alone) {
        return config.url().isPresent()
                ? new PostgresJournal(config.url().get(), config.user(), config.password(), alone)
                : new SqliteJournal(directory);
    }

    /** Whether somebody else had appended to the entity before. */
    public static boolean outrun(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && violatesIntegrity(e)) {
                return true;
            }
        }
        return false;
    }

    private static boolean violatesIntegrity(SQLException e) {
        if (e instanceof SQLiteException) {
            // It has no states, but codes, whose lowest byte is the kind.
            return (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
        }
        return e.getSQLState() != null && e.getSQLState().startsWith(INTEGRITY_VIOLATED);
    }

    /** What pekko-persistence-jdbc needs to know. */
    public abstract Config config();

    /**
     * Makes sure that all acknowledged events are there, as far as can be seen, and creates the tables that are not
     * there yet.
     *
     * @param trace a file that is only there if events were written
     * @throws UserError if the database is not there, has lost something, is used by another process that shares it with
     *     nobody, or will not be used like this
     */
    public abstract void open(Optional<Path> trace) throws IOException;

    /** Says which journal it is, without secrets. */
    @Override
    public abstract String toString();

    abstract Connection connect() throws SQLException;

    /**
     * Writes something, as a run would.
     *
     * @return what keeps it from being written, in one line; empty if nothing does
     */
    public final Optional<String> unwritable() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(PROBE);
            return foreign();
        } catch (SQLException e) {
            return Optional.of(this + " cannot be written: " + firstLine(e));
        }
    }

    /** Whose it is, if it has become another's; may wait. */
    Optional<String> foreign() throws SQLException {
        return Optional.empty();
    }

    final void refuseEmptied(Connection connection, Optional<Path> trace) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(ANY_EVENT)) {
            if (trace.isPresent() && !found.next()) {
                throw new UserError(
                        this + " is empty, though " + trace.get() + " shows that events were written: put it"
                                + " back as it was, or begin anew in another folder");
            }
        }
    }

    /** Why a write failed, in one line. */
    public static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e) {
                return firstLine(e);
            }
        }
        return String.valueOf(failure.getMessage());
    }

    static String firstLine(SQLException e) {
        if (e instanceof SQLiteException && (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_FULL.code) {
            return "no space left on its disk";
        }
        return e.getMessage().lines().findFirst().orElse("");
    }

    static String script(String name) throws IOException {
        try (InputStream in = Journal.class.getResourceAsStream("/journal/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
