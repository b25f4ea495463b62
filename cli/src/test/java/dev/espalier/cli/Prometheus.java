package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FreePort;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A real Prometheus under the configuration for local runs, but reading every second. */
public final class Prometheus implements AutoCloseable {
    private static final Path SHIPPED = Path.of("../monitoring/prometheus");

    private final Process process;
    private final PrometheusApi api;

    private Prometheus(Process process, int port) {
        this.process = process;
        api = new PrometheusApi("http://127.0.0.1:" + port);
    }

    public static Optional<Path> program() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(place -> Path.of(place, "prometheus"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one that reads {@code target}, a port of this machine, and waits until it answers. */
    static Prometheus start(Path folder, int target) throws IOException, InterruptedException {
        int port = FreePort.find();
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

    PrometheusApi api() {
        return api;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
