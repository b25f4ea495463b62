package dev.espalier.coordinator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** The journal in a PostgreSQL database, which several coordinators may share. */
public final class PostgresJournal extends Journal {
    private static final String FORM = "write jdbc:postgresql://HOST:PORT/DATABASE";
    private static final String KEYS = "journal.url, journal.user, journal.password";

    /** Any number that nobody else locks in this database: coordinators that start at once take turns. */
    private static final long SCHEMA_LOCK = 0x65_73_70_61_6c_69_65_72L;

    private static final String FORGETFUL = "SELECT name FROM pg_settings"
            + " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";

    // A database whose machine is gone answers nothing at all.
    private static final String CONNECT_SECONDS = "5";
    private static final String ANSWER_SECONDS = "20";

    private final String url;
    private final String user;
    private final String password;
    private final String name;
    private final PostgresClaim claim;

    /**
     * @param url {@code jdbc:postgresql:...}
     * @param alone whether no other coordinator shares it
     * @throws UserError if it is not that
     */
    public PostgresJournal(String url, String user, String password, boolean alone) {
        Properties parsed = url.startsWith("jdbc:postgresql:") ? Driver.parseURL(url, new Properties()) : null;
        if (parsed == null) {
            throw new UserError("journal.url (ESPALIER_JOURNAL_URL) is no address of a PostgreSQL database: " + FORM);
        }
        this.url = url;
        this.user = user;
        this.password = password;
        // The address may have secrets after its question mark.
        name = "the journal in the PostgreSQL database " + PGProperty.PG_DBNAME.getOrDefault(parsed) + " at "
                + PGProperty.PG_HOST.getOrDefault(parsed) + ":" + PGProperty.PG_PORT.getOrDefault(parsed);
        claim = new PostgresClaim(this::connect, alone);
    }

    @Override
    public Config config() {
        return ConfigFactory.parseMap(Map.of(
                "jdbc-journal.slick.profile",
                "slick.jdbc.PostgresProfile$",
                "jdbc-journal.slick.db.driver",
                Driver.class.getName(),
                "jdbc-journal.slick.db.url",
                url,
                "jdbc-journal.slick.db.user",
                user,
                "jdbc-journal.slick.db.password",
                password,
                "jdbc-journal.slick.db.properties",
                settings()));
    }

    private static Map<String, String> settings() {
        return Map.of(
                PGProperty.APPLICATION_NAME.getName(),
                "espalier",
                PGProperty.CONNECT_TIMEOUT.getName(),
                CONNECT_SECONDS,
                PGProperty.SOCKET_TIMEOUT.getName(),
                ANSWER_SECONDS,
                PGProperty.TCP_KEEP_ALIVE.getName(),
                "true");
    }

    @Override
    public synchronized void open(Optional<Path> trace) throws IOException {
        try {
            if (!claim.take()) {
                throw new UserError(taken() + ": stop that one, or tell both of each other (coordinators and quorum,"
                        + " docs/cluster.md)");
            }
            prepare(trace);
        } catch (SQLException e) {
            close();
            throw trouble(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + this + " was opened", e);
        } catch (IOException | UserError e) {
            close();
            throw e;
        }
    }

    private void prepare(Optional<Path> trace) throws IOException, SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            refuseForgetful(statement);
            connection.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
            statement.execute(script("postgres.sql"));
            connection.commit();
            refuseEmptied(connection, trace);
        }
    }

    private String taken() {
        return this + " is in use by another coordinator that knows nothing of this one";
    }

    /** What the database itself cannot be asked, the probe tells. */
    @Override
    synchronized Optional<String> foreign() throws SQLException {
        return claim.holds() ? Optional.empty() : Optional.of(taken());
    }

    /** An acknowledged event must be on disk, whatever the database is used to. */
    private void refuseForgetful(Statement statement) throws SQLException {
        List<String> off = new ArrayList<>();
        try (ResultSet found = statement.executeQuery(FORGETFUL)) {
            while (found.next()) {
                off.add(found.getString(1));
            }
        }
        if (!off.isEmpty()) {
            throw new UserError(this + " would forget acknowledged events: its setting " + String.join(", ", off)
                    + " is off; turn it on");
        }
    }

    private IOException trouble(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String said = " (" + firstLine(e) + ")";
        if (state.startsWith("28")) {
            throw new UserError(this + " does not let user '" + user + "' in" + said
                    + ": check journal.user and ESPALIER_JOURNAL_PASSWORD");
        } else if (state.equals("3D000")) {
            throw new UserError("there is no such database as that of " + this + ": create it, or correct journal.url");
        } else if (state.startsWith("08")) {
            throw new UserError(this + " cannot be reached" + said + ": start it, or correct journal.url");
        } else if (state.equals("42501")) {
            throw new UserError(this + " does not let user '" + user + "' create tables" + said
                    + ": GRANT CREATE, USAGE ON SCHEMA public TO it");
        }
        return new IOException(this + " cannot be opened" + said + ": check " + KEYS, e);
    }

    @Override
    Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.putAll(settings());
        properties.setProperty(PGProperty.USER.getName(), user);
        properties.setProperty(PGProperty.PASSWORD.getName(), password);
        return new Driver().connect(url, properties);
    }

    /** Other connections are opened and closed one by one, or by the plugin's pool. */
    @Override
    public synchronized void close() throws IOException {
        try {
            claim.close();
        } catch (SQLException e) {
            throw new IOException("the session with " + this + " cannot be closed: " + firstLine(e), e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
