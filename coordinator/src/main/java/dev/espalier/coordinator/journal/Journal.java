package dev.espalier.coordinator.journal;

import com.typesafe.config.Config;
import dev.espalier.protocol.node.JournalConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * Where events are kept. A commit is on disk before it is acknowledged, and the primary key (entity, sequence number)
 * lets nobody append to an entity who has not read all that others appended.
 */
public abstract sealed class Journal permits H2Journal, PostgresJournal {
    private static final String PROBE = "UPDATE \"espalier_probe\" SET \"at\" = CURRENT_TIMESTAMP WHERE \"id\" = 1";
    private static final String INTEGRITY_VIOLATED = "23";

    /**
     * @param directory of a journal without a database of its own
     * @throws dev.espalier.protocol.UserError if it cannot be there
     */
    public static Journal of(JournalConfig config, Path directory) {
        return config.url().isPresent()
                ? new PostgresJournal(config.url().get(), config.user(), config.password())
                : new H2Journal(directory);
    }

    /** Whether somebody else had appended to the entity before. */
    public static boolean outrun(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e
                    && e.getSQLState() != null
                    && e.getSQLState().startsWith(INTEGRITY_VIOLATED)) {
                return true;
            }
        }
        return false;
    }

    /** What pekko-persistence-jdbc needs to know. */
    public abstract Config config();

    /**
     * Creates the tables that are not there yet.
     *
     * @throws dev.espalier.protocol.UserError if the database is not there, or will not be used like this
     */
    public abstract void createSchema() throws IOException;

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
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(this + " cannot be written: " + firstLine(e));
        }
    }

    static String firstLine(SQLException e) {
        return e.getMessage().lines().findFirst().orElse("");
    }

    static String script(String name) throws IOException {
        try (InputStream in = Journal.class.getResourceAsStream("/journal/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
