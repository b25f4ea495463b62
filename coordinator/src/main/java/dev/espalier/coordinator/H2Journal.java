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
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * The journal as an H2 database in one file. {@code WRITE_DELAY=0} makes a commit durable before it is acknowledged:
 * by default H2 lost all 50 acknowledged events of a killed process.
 */
final class H2Journal {
    private static final String SCHEMA = "/journal/h2.sql";
    private static final String USER = "espalier";
    private static final String PASSWORD = "";

    private final Path directory;
    private final String url;

    /**
     * @param directory {@code journal/} of a run folder
     * @throws UserError if H2 cannot name it
     */
    H2Journal(Path directory) {
        this.directory = directory.toAbsolutePath();
        if (this.directory.toString().contains(";")) {
            throw new UserError("the journal cannot be kept in " + directory
                    + ": H2 takes no path with a semicolon; use another --out");
        }
        url = "jdbc:h2:file:" + this.directory.resolve("journal") + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
    }

    /** What pekko-persistence-jdbc needs to know. */
    Config config() {
        return ConfigFactory.parseMap(Map.of(
                "jdbc-journal.slick.db.url", url,
                "jdbc-journal.slick.db.user", USER,
                "jdbc-journal.slick.db.password", PASSWORD));
    }

    /** Creates the tables that are not there yet. */
    void createSchema() throws IOException {
        Files.createDirectories(directory);
        try (Connection connection = DriverManager.getConnection(url, USER, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute(schema());
        } catch (SQLException e) {
            throw new IOException("the journal in " + directory + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private static String schema() throws IOException {
        try (InputStream in = H2Journal.class.getResourceAsStream(SCHEMA)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
