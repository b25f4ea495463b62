package dev.espalier.coordinator.journal;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.coordinator.FreePort;
import dev.espalier.protocol.node.JournalConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A real PostgreSQL server in a temporary folder, with one superuser who needs a password. */
public final class PostgresServer implements AutoCloseable {
    public static final String USER = "espalier";
    public static final String PASSWORD = "correct-horse-battery";

    /** It refuses to run as root; Debian's package comes with this user. */
    private static final String UNPRIVILEGED = "postgres";

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final Path programs;
    private final Path folder;
    private final int port;

    private PostgresServer(Path programs, Path folder, int port) {
        this.programs = programs;
        this.folder = folder;
        this.port = port;
    }

    /** Skips the test if there is no PostgreSQL on this machine. */
    public static PostgresServer start() throws IOException, InterruptedException {
        Optional<Path> programs = programs();
        assumeTrue(
                programs.isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null,
                "no postgres on the PATH, nor under " + DEBIAN);
        Path folder = Files.createTempDirectory("espalier-postgres-");
        PostgresServer server = new PostgresServer(programs.orElseThrow(), folder, FreePort.find());
        Path password = Files.writeString(folder.resolve("password"), PASSWORD);
        if (ROOT) {
            run(List.of("chown", "-R", UNPRIVILEGED, folder.toString()));
        }
        server.execute(
                "initdb",
                "--pgdata=" + server.data(),
                "--username=" + USER,
                "--pwfile=" + password,
                // What it makes here need not outlive a power cut; what the server writes later does sync.
                "--no-sync",
                "--auth=scram-sha-256");
        server.resume();
        return server;
    }

    private static Optional<Path> programs() throws IOException {
        List<Path> places = new ArrayList<>();
        if (Files.isDirectory(DEBIAN)) {
            try (Stream<Path> versions = Files.list(DEBIAN)) {
                versions.map(version -> version.resolve("bin"))
                        .sorted(Comparator.reverseOrder())
                        .forEach(places::add);
            }
        }
        Stream.of(System.getenv("PATH").split(":")).map(Path::of).forEach(places::add);
        return places.stream()
                .filter(place -> Files.isExecutable(place.resolve("initdb")))
                .findFirst();
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private void execute(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (ROOT) {
            command.addAll(List.of("setpriv", "--reuid=" + UNPRIVILEGED, "--regid=" + UNPRIVILEGED, "--init-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        run(command);
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        // To a file: the server inherits its starter's output, and would keep a pipe open.
        Path log = Files.createTempFile("espalier-postgres-", ".log");
        int code = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        if (code != 0) {
            throw new IllegalStateException(command + " ended with " + code + ": " + Files.readString(log));
        }
        Files.delete(log);
    }

    /** Ends all connections and stops, as when its machine is restarted. */
    public void pause() throws IOException, InterruptedException {
        execute("pg_ctl", "stop", "--wait", "--mode=fast", "--pgdata=" + data());
    }

    public void resume() throws IOException, InterruptedException {
        execute(
                "pg_ctl",
                "start",
                "--wait",
                "--timeout=120",
                "--pgdata=" + data(),
                "--log=" + folder.resolve("data/server.log"),
                "--options=-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + data());
    }

    public String url() {
        return url("postgres");
    }

    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    public JournalConfig config() {
        return new JournalConfig(Optional.of(url()), USER, PASSWORD);
    }

    /** A connection to the database of {@link #url()}. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), USER, PASSWORD);
    }

    public void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            pause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
