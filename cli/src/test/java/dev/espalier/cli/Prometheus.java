package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A real Prometheus under the configuration for local runs, but reading every second. */
final class Prometheus implements AutoCloseable {
    private static final Path SHIPPED = Path.of("../monitoring/prometheus");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    private Prometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static Optional<Path> program() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(place -> Path.of(place, "prometheus"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one that reads {@code target}, a port of this machine, and waits until it answers. */
    static Prometheus start(Path folder, int target) throws IOException, InterruptedException {
        int port = freePort();
        String rules = SHIPPED.toAbsolutePath().normalize().resolve("rules").toString();
        String config = Files.readString(SHIPPED.resolve("local.yml"))
                .replace("interval: 5s", "interval: 1s")
                .replace("rules/*.yml", rules + "/*.yml")
                .replace("localhost:9464", "127.0.0.1:" + target);
        assertThat(config).contains("interval: 1s", rules, "127.0.0.1:" + target);
        Path file = Files.writeString(folder.resolve("prometheus.yml"), config);
        Process process = new ProcessBuilder(
                        program().orElseThrow().toString(),
                        "--config.file=" + file,
                        "--storage.tsdb.path=" + folder.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .start();
        awaitReady(process);
        return new Prometheus(process, port);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Reads what it says until it says that it is ready, and then on, so that it is never held up. */
    private static void awaitReady(Process process) throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder log = new StringBuilder();
        String line;
        do {
            line = lines.readLine();
            log.append(line).append('\n');
            assertThat(line).as(log::toString).isNotNull();
        } while (!line.contains("Server is ready to receive web requests"));
        Thread reader = new Thread(
                () -> {
                    try {
                        lines.transferTo(Writer.nullWriter());
                    } catch (IOException e) {
                        // It has ended, and its output with it.
                    }
                },
                "prometheus-log");
        reader.setDaemon(true);
        reader.start();
    }

    /** The answer to a range query, four values a second; fails if Prometheus does not understand it. */
    JsonNode range(String query, Instant from, Instant to) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                "/api/v1/query_range",
                Map.of("query", query, "start", from.toString(), "end", to.toString(), "step", "0.25"));
        assertThat(answer.statusCode()).as(query + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).at("/data/result");
    }

    /** All rules as Prometheus last evaluated them. */
    List<JsonNode> rules() throws IOException, InterruptedException {
        List<JsonNode> rules = new ArrayList<>();
        JSON.readTree(send("/api/v1/rules", Map.of()).body()).at("/data/groups").forEach(group -> group.path("rules")
                .forEach(rules::add));
        return rules;
    }

    private HttpResponse<String> send(String path, Map<String, String> form) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE);
        if (!form.isEmpty()) {
            String body = form.entrySet().stream()
                    .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining("&"));
            request.header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
