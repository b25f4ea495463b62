package dev.espalier.cli.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.Espalier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Runs services of {@code docker-compose.yml} as processes of this machine: their commands, environment, order, health
 * checks and restart policy are the file's. What Docker would give is made up for:
 *
 * <ul>
 *   <li>The image: its entry point is the same main class, on the class path of this test and with a small heap; its
 *       {@code /etc/espalier/worker.conf} is the file that the Dockerfile copies there; {@code prometheus} is the one on
 *       the PATH.
 *   <li>The network: each container has a loopback address of its own, also where it means itself by
 *       {@code 127.0.0.1}. Java finds names in a hosts file, as in a container's {@code /etc/hosts}; in
 *       {@code prometheus.yml}, whose lookups ask a name server, addresses take the places of names.
 *   <li>Volumes: temporary folders, whose paths take the places of the mounted ones; one that several services mount is
 *       theirs together, of others each replica has its own. The folder
 *       of {@code prometheus.yml} is a copy in which reading is every second.
 *   <li>Further replicas listen for Prometheus on further ports, for {@code 0.0.0.0} is the same for all of them here.
 * </ul>
 *
 * Images, the limits of a container, its user, published ports and GPUs are not emulated.
 */
final class LocalCompose {
    private static final String METRICS_PORT = "ESPALIER_HTTP_PORT";

    private final ComposeFile file;
    private final Path folder;
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, LocalContainer> containers = new LinkedHashMap<>();
    private final Set<String> done = new HashSet<>();
    private final Path hosts;

    private LocalCompose(ComposeFile file, Path folder) {
        this.file = file;
        this.folder = folder;
        hosts = folder.resolve("hosts");
    }

    /**
     * Starts services in the order of what they depend on, each when those are well.
     *
     * @param replicas of each service to start
     */
    static LocalCompose up(ComposeFile file, Map<String, Integer> replicas, Path folder)
            throws IOException, InterruptedException {
        LocalCompose compose = new LocalCompose(file, folder);
        SplittableRandom random = new SplittableRandom();
        String net = "127." + random.nextInt(1, 255) + "." + random.nextInt(1, 255) + ".";
        replicas.forEach((service, number) -> {
            for (int i = 1; i <= number; i++) {
                compose.addresses.put(containerName(service, i), net + (compose.addresses.size() + 1));
            }
        });
        try {
            while (compose.containers.size() + compose.done.size() < compose.addresses.size()) {
                compose.startNext(replicas);
            }
            return compose;
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            compose.down();
            throw e;
        }
    }

    private static String containerName(String service, int replica) {
        return replica == 1 ? service : service + "-" + replica;
    }

    private void startNext(Map<String, Integer> replicas) throws IOException, InterruptedException {
        String next = replicas.keySet().stream()
                .filter(service -> !isStarted(service))
                .filter(service -> file.services().get(service).dependencies().keySet().stream()
                        .allMatch(this::isStarted))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("what is left depends on what is not started"));
        ComposeService service = file.services().get(next);
        for (Map.Entry<String, String> dependency : service.dependencies().entrySet()) {
            if (dependency.getValue().equals("service_healthy")) {
                containers.get(dependency.getKey()).awaitHealthy();
            }
        }
        for (int i = 1; i <= replicas.get(next); i++) {
            start(service, i);
        }
    }

    private boolean isStarted(String service) {
        return containers.containsKey(service) || done.contains(service);
    }

    private void start(ComposeService service, int replica) throws IOException, InterruptedException {
        String name = containerName(service.name(), replica);
        Path home = Files.createDirectories(folder.resolve("containers").resolve(name));
        Map<String, String> paths = mounts(service, home);
        Map<String, String> environment = new TreeMap<>();
        service.environment().forEach((key, value) -> environment.put(key, local(value, name, paths)));
        environment.put("HOSTNAME", name);
        environment.computeIfPresent("OMP_NUM_THREADS", (key, threads) -> "1");
        int shift = replica - 1;
        environment.computeIfPresent(METRICS_PORT, (key, port) -> Integer.toString(Integer.parseInt(port) + shift));
        List<String> health = service.health().stream()
                .skip(1)
                .map(word -> local(word, name, paths).replace(":9464/", ":" + (9464 + shift) + "/"))
                .toList();
        List<String> command = new ArrayList<>(entryPoint(service, name));
        service.command().forEach(word -> command.add(local(word, name, paths)));
        Path log = Files.createDirectories(Path.of("target/compose-test")).resolve(name + ".log");
        if (service.ends()) {
            LocalContainer.runToTheEnd(command, environment, log);
            done.add(name);
        } else {
            containers.put(name, LocalContainer.start(command, health, environment, log));
        }
    }

    private List<String> entryPoint(ComposeService service, String name) throws IOException {
        if (service.image().startsWith("prom/prometheus:")) {
            return List.of("prometheus", "--web.listen-address=" + addresses.get(name) + ":9090");
        }
        if (!service.image().startsWith("espalier:")) {
            throw new IllegalArgumentException(service.image() + " is not emulated");
        }
        StringBuilder known = new StringBuilder("127.0.0.1 localhost\n");
        addresses.forEach((host, address) ->
                known.append(address).append(' ').append(host).append('\n'));
        Files.writeString(hosts, known);
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dai.djl.offline=true",
                "-Djdk.net.hosts.file=" + hosts,
                "-cp",
                System.getProperty("java.class.path"),
                Espalier.class.getName());
    }

    /** Paths here by paths in the container. */
    private Map<String, String> mounts(ComposeService service, Path home) throws IOException {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put("/etc/espalier", ComposeFile.REPOSITORY.resolve("docker").toString());
        for (ComposeFile.Mount mount : service.mounts()) {
            Path here = mount.folder();
            if (mount.named()) {
                here = Files.createDirectories((isShared(mount) ? folder : home).resolve(mount.source()));
            } else if (Files.exists(here.resolve("prometheus.yml"))) {
                here = prometheusFolder(here, home.resolve("prometheus"));
            }
            paths.put(mount.target(), here.toString());
        }
        return paths;
    }

    private boolean isShared(ComposeFile.Mount mount) {
        return file.services().values().stream()
                        .filter(service -> service.mounts().contains(mount))
                        .count()
                > 1;
    }

    private String local(String text, String name, Map<String, String> paths) {
        String local = text.replace("127.0.0.1", addresses.get(name));
        for (Map.Entry<String, String> path : paths.entrySet()) {
            local = local.replaceFirst("(^|=)" + path.getKey() + "(?=/|$)", "$1" + path.getValue());
        }
        return local;
    }

    private Path prometheusFolder(Path shipped, Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(shipped)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(shipped.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
        Path config = copy.resolve("prometheus.yml");
        ObjectNode root = (ObjectNode) ComposeFile.yaml(config);
        ((ObjectNode) root.path("global")).put("scrape_interval", "1s").put("evaluation_interval", "1s");
        for (JsonNode job : root.path("scrape_configs")) {
            ArrayNode targets = root.arrayNode();
            job.path("static_configs").forEach(group -> group.path("targets").forEach(target -> {
                String[] parts = target.asText().split(":");
                targets.add(addresses.get(parts[0]) + ":" + parts[1]);
            }));
            job.path("dns_sd_configs").forEach(lookup -> lookup.path("names").forEach(service -> replicas(
                            service.asText(), lookup.path("port").asInt())
                    .forEach(targets::add)));
            ((ObjectNode) job).remove("dns_sd_configs");
            ((ObjectNode) job).putArray("static_configs").addObject().set("targets", targets);
        }
        // JSON is YAML.
        Files.writeString(config, root.toPrettyString());
        return copy;
    }

    private List<String> replicas(String service, int port) {
        List<String> found = new ArrayList<>();
        String address = addresses.get(service);
        for (int i = 1; address != null; address = addresses.get(containerName(service, ++i))) {
            found.add(address + ":" + (port + i - 1));
        }
        return found;
    }

    /** Where a port of a service is reached. */
    String address(String service, int port) {
        return "http://" + addresses.get(service) + ":" + port;
    }

    LocalContainer container(String name) {
        return containers.get(name);
    }

    /** Stops them in the opposite order. */
    void down() throws InterruptedException {
        List<LocalContainer> order = new ArrayList<>(containers.values());
        for (int i = order.size() - 1; i >= 0; i--) {
            order.get(i).stop();
        }
    }
}
