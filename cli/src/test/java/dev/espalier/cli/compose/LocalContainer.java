package dev.espalier.cli.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.cli.SupervisedProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that stands for a container: {@code restart: unless-stopped}, and a command that tells its health. */
final class LocalContainer {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final List<String> health;
    private final Map<String, String> environment;
    private final Path log;
    private final SupervisedProcess process;

    private LocalContainer(List<String> command, List<String> health, Map<String, String> environment, Path log)
            throws IOException {
        this.health = health;
        this.environment = environment;
        this.log = log;
        process = SupervisedProcess.start(() -> process(command, Redirect.appendTo(log.toFile())));
    }

    static LocalContainer start(List<String> command, List<String> health, Map<String, String> environment, Path log)
            throws IOException {
        Files.deleteIfExists(log);
        return new LocalContainer(command, health, environment, log);
    }

    /** For {@code restart: no}: done when it has ended well. */
    static void runToTheEnd(List<String> command, Map<String, String> environment, Path log)
            throws IOException, InterruptedException {
        assertThat(process(command, environment, Redirect.to(log.toFile())).waitFor())
                .as(command + "; log: " + log.toAbsolutePath())
                .isZero();
    }

    private Process process(List<String> words, Redirect output) throws IOException {
        return process(words, environment, output);
    }

    private static Process process(List<String> words, Map<String, String> environment, Redirect output)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output);
        builder.environment().keySet().retainAll(List.of("PATH", "HOME"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Asks as the file says, until it is well. */
    void awaitHealthy() throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (process(health, Redirect.DISCARD).waitFor() != 0) {
            assertThat(Instant.now())
                    .as(() -> health + " says it is well; log: " + log.toAbsolutePath())
                    .isBefore(end);
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    /** As {@code kill -9}; it is started again. */
    void kill() {
        process.kill();
    }

    int starts() {
        return process.starts();
    }

    /** SIGTERM, and after patience SIGKILL, as {@code docker-compose stop}; the exit code. */
    int stop() throws InterruptedException {
        Process last = process.release();
        last.destroy();
        if (!last.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            last.destroyForcibly();
        }
        return last.waitFor();
    }
}
