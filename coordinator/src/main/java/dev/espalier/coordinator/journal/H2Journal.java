package dev.espalier.coordinator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * The journal as an H2 database in one file, for one process. {@code WRITE_DELAY=0} hands a commit to the operating
 * system before it is acknowledged: by default H2 lost all 50 acknowledged events of a killed process. {@link
 * SyncedFilePath} has it on the device by then.
 */
public final class H2Journal extends Journal {
    private static final String USER = "espalier";
    private static final String PASSWORD = "";

    static {
        SyncedFilePath.register();
    }

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
        url = "jdbc:h2:" + SyncedFilePath.SCHEME + ":" + this.directory.resolve("journal")
                + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
    }

    @Override
    public Config config() {
        return ConfigFactory.parseMap(Map.of(
                "jdbc-journal.slick.profile", "slick.jdbc.H2Profile$",
                "jdbc-journal.slick.db.driver", "org.h2.Driver",
                "jdbc-journal.slick.db.url", url,
                "jdbc-journal.slick.db.user", USER,
                "jdbc-journal.slick.db.password", PASSWORD));
    }

    @Override
    public void createSchema() throws IOException {
        Files.createDirectories(directory);
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(script("h2.sql"));
        } catch (SQLException e) {
            throw new IOException(this + " cannot be opened: " + e.getMessage(), e);
        }
    }

    @Override
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, USER, PASSWORD);
    }

    @Override
    public String toString() {
        return "the journal in " + directory;
    }
}
