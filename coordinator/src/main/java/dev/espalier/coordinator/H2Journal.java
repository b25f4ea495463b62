package dev.espalier.coordinator;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.persistence.typed.PersistenceId;

/**
 * The journal as an H2 database in one file. {@code WRITE_DELAY=0} makes a commit durable before it is acknowledged:
 * by default H2 lost all 50 acknowledged events of a killed process.
 */
public final class H2Journal {
    private static final String SCHEMA = "/journal/h2.sql";
    private static final String PROBE =
            "MERGE INTO PUBLIC.\"espalier_probe\" (\"id\", \"at\") KEY (\"id\") VALUES (1, CURRENT_TIMESTAMP)";
    private static final String ENTITIES = "SELECT DISTINCT \"persistence_id\" FROM PUBLIC.\"event_journal\""
            + " WHERE LOCATE(?, \"persistence_id\") = 1 ORDER BY 1";
    private static final String USER = "espalier";
    private static final String PASSWORD = "";

    private final Path directory;
    private final String url;

    /**
     * @param directory {@code journal/} of a run folder
     * @throws UserError if H2 cannot name it
     */
    public H2Journal(Path directory) {
        this.directory = directory.toAbsolutePath();
        if (this.directory.toString().contains(";")) {
            throw new UserError("the journal cannot be kept in " + directory
                    + ": H2 takes no path with a semicolon; use another --out");
        }
        url = "jdbc:h2:file:" + this.directory.resolve("journal") + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
    }

    /** What pekko-persistence-jdbc needs to know. */
    public Config config() {
        return ConfigFactory.parseMap(Map.of(
                "jdbc-journal.slick.db.url", url,
                "jdbc-journal.slick.db.user", USER,
                "jdbc-journal.slick.db.password", PASSWORD));
    }

    /** Creates the tables that are not there yet. */
    public void createSchema() throws IOException {
        Files.createDirectories(directory);
        try (Connection connection = DriverManager.getConnection(url, USER, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute(schema());
        } catch (SQLException e) {
            throw new IOException("the journal in " + directory + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /**
     * Writes something, as a run would.
     *
     * @return what keeps it from being written, in one line; empty if nothing does
     */
    public Optional<String> unwritable() {
        try (Connection connection = DriverManager.getConnection(url, USER, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute(PROBE);
            return Optional.empty();
        } catch (SQLException e) {
            String reason = e.getMessage().lines().findFirst().orElse("");
            return Optional.of("the journal in " + directory + " cannot be written: " + reason);
        }
    }

    /**
     * Names of the entities of that type that have events.
     *
     * @param type as in {@code TYPE|NAME}, the persistence id
     */
    public List<String> entities(String type) throws IOException {
        String prefix = PersistenceId.of(type, "").id();
        List<String> names = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, USER, PASSWORD);
                PreparedStatement query = connection.prepareStatement(ENTITIES)) {
            query.setString(1, prefix);
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    names.add(found.getString(1).substring(prefix.length()));
                }
            }
            return List.copyOf(names);
        } catch (SQLException e) {
            throw new IOException("the journal in " + directory + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String schema() throws IOException {
        try (InputStream in = H2Journal.class.getResourceAsStream(SCHEMA)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
