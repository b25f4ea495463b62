package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.node.CoordinatorConfig;
import dev.espalier.protocol.node.HttpConfig;
import dev.espalier.protocol.node.JournalConfig;
import dev.espalier.protocol.node.NodeAddress;
import dev.espalier.protocol.node.NodeConfig;
import dev.espalier.protocol.node.TlsConfig;
import dev.espalier.protocol.node.WorkerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Reads the configuration of nodes, as strictly as {@link RunConfigReader} does a run's. What the file and the command
 * line leave out comes from the environment, by the names that {@code reference.conf} tells.
 */
public final class NodeConfigReader {
    private static final String HOST = "write a host name or an address";
    private static final String REACHABLE_HOST =
            "write a host name (letters, digits, hyphens and dots: nodes cannot reach each other by a name with _) or an"
                    + " address";
    private static final String NAME_A_FILE = "name a PEM file";
    private static final String HOST_AND_PORT = "write HOST:PORT, several separated by commas; a host name knows no _";

    private NodeConfigReader() {}

    /**
     * @param file HOCON with the keys that {@code reference.conf} documents under {@code espalier.coordinator-node}
     * @param overrides {@code key=value}, stronger than the file, the last one strongest
     * @throws dev.espalier.protocol.UserError if the file cannot be read or anything in it is wrong
     */
    public static CoordinatorConfig coordinator(Optional<Path> file, List<String> overrides) {
        return read("coordinator-node", file, overrides, NodeConfigReader::coordinator);
    }

    /**
     * @param file HOCON with the keys that {@code reference.conf} documents under {@code espalier.worker-node}
     * @param overrides {@code key=value}, stronger than the file, the last one strongest
     * @throws dev.espalier.protocol.UserError if the file cannot be read or anything in it is wrong
     */
    public static WorkerConfig worker(Optional<Path> file, List<String> overrides) {
        return read(
                "worker-node",
                file,
                overrides,
                root -> new WorkerConfig(
                        node(root, 0),
                        root.matching("name", "[A-Za-z0-9._-]{0,64}", "", "use letters, digits and . - _"),
                        http(root),
                        root.path("data", "name a folder"),
                        root.flag("see-run-folders"),
                        Duration.ofHours(root.integer("patience-hours", 1, 8_760))));
    }

    private static CoordinatorConfig coordinator(StrictConfig root) {
        NodeConfig node = node(root, 1);
        JournalConfig journal = journal(root);
        int coordinators = node.coordinators().size();
        root.problems()
                .require(
                        2 * node.quorum() > coordinators,
                        "must be more than half of the " + coordinators + " coordinators, or two halves of the cluster"
                                + " would go on, each for itself: write " + (coordinators / 2 + 1)
                                + (coordinators == 2 ? "; three coordinators let one be lost, two do not" : ""),
                        "quorum",
                        "coordinators");
        root.problems()
                .require(
                        journal.url().isPresent() || coordinators < 2,
                        "several coordinators need a journal that they share: set ESPALIER_JOURNAL_URL to a PostgreSQL"
                                + " database, jdbc:postgresql://HOST:PORT/DATABASE",
                        "coordinators");
        return new CoordinatorConfig(node, http(root), journal, root.path("data", "name a folder"));
    }

    private static <T> T read(
            String block, Optional<Path> file, List<String> overrides, Function<StrictConfig, T> sections) {
        Path source = file.orElse(Path.of("the command line"));
        Config user = file.map(path -> ConfigFiles.user(path, overrides))
                .orElseGet(() -> ConfigFiles.overridden(ConfigFactory.empty(), overrides));
        Config whole = ConfigFiles.resolved(source, user, ConfigFiles.documented(block));
        ConfigProblems problems = new ConfigProblems(source.toString());
        Path folder = file.map(path -> path.toAbsolutePath().normalize().getParent())
                .orElse(Path.of("").toAbsolutePath());
        StrictConfig root = StrictConfig.root(whole, Optional.of(folder), problems);
        T config = sections.apply(root);
        root.refuseUnknown();
        problems.throwIfAny();
        return config;
    }

    private static NodeConfig node(StrictConfig root, int leastPort) {
        NodeAddress address = new NodeAddress(
                root.accepted("host", NodeAddress::isHost, "stand-in", REACHABLE_HOST),
                root.integer("port", leastPort, 65_535));
        StrictConfig tls = root.section("tls");
        return new NodeConfig(
                address,
                addresses(root),
                root.integer("quorum", 1, 99),
                root.integer("leave-seconds", 1, 3_600),
                tls(tls),
                tls.flag("off"));
    }

    private static Optional<TlsConfig> tls(StrictConfig tls) {
        List<Optional<Path>> files =
                Stream.of("certificate", "key", "ca").map(key -> file(tls, key)).toList();
        boolean http = tls.flag("http");
        if (files.stream().allMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        tls.problems()
                .require(
                        !tls.flag("off"),
                        "TLS is off, and yet there are files for it: leave out the one or the other",
                        tls.full("off"));
        tls.problems()
                .require(
                        files.stream().allMatch(Optional::isPresent),
                        "TLS needs all three: tls.certificate, tls.key and tls.ca",
                        tls.full("certificate"),
                        tls.full("key"),
                        tls.full("ca"));
        Path none = Path.of("/");
        return Optional.of(new TlsConfig(
                files.get(0).orElse(none),
                files.get(1).orElse(none),
                files.get(2).orElse(none),
                http));
    }

    private static Optional<Path> file(StrictConfig section, String key) {
        return section.matching(key, "(?s).*", "", NAME_A_FILE).isBlank()
                ? Optional.empty()
                : Optional.of(section.path(key, NAME_A_FILE));
    }

    private static HttpConfig http(StrictConfig root) {
        StrictConfig http = root.section("http");
        // Judged by whoever uses it: a message about it must not repeat it.
        String token = http.matching("token", "(?s).*", "", "make one with openssl rand -hex 32");
        return new HttpConfig(
                http.text("host", HOST),
                http.integer("port", 0, 65_535),
                Optional.of(token.strip()).filter(given -> !given.isEmpty()));
    }

    private static JournalConfig journal(StrictConfig root) {
        StrictConfig journal = root.section("journal");
        // Judged by whoever uses them: an address may hold a password, and a message must not repeat it.
        String url = journal.matching("url", "(?s).*", "", "write jdbc:postgresql://HOST:PORT/DATABASE");
        return new JournalConfig(
                Optional.of(url.strip()).filter(given -> !given.isEmpty()),
                journal.matching("user", "(?s).*", "", "name the database's user"),
                journal.matching("password", "(?s).*", "", "give the user's password"));
    }

    private static List<NodeAddress> addresses(StrictConfig root) {
        List<NodeAddress> addresses = new ArrayList<>();
        String pattern = "\\s*([^,\\s]+:[0-9]+\\s*(,\\s*[^,\\s]+:[0-9]+\\s*)*)?";
        for (String part :
                root.matching("coordinators", pattern, "", HOST_AND_PORT).split(",")) {
            if (!part.isBlank()) {
                Optional<NodeAddress> address = NodeAddress.parse(part.strip());
                address.ifPresentOrElse(
                        addresses::add, () -> root.matching("coordinators", "never", "", HOST_AND_PORT));
            }
        }
        return List.copyOf(addresses);
    }
}
