package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.report.ResultsJson;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/** What a run folder holds for those who watch; read on threads that may block, a few files at a time. */
final class RunFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_AT_ONCE = 8;
    private static final long MOST_CONFIG_BYTES = 1L << 20;

    /** Too many files are being read already. */
    static final class Busy extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Executor disk;
    private final Semaphore reads = new Semaphore(MOST_AT_ONCE);

    RunFiles(Executor disk) {
        this.disk = disk;
    }

    CompletionStage<Optional<JsonNode>> metrics(Path directory, int points) {
        return read(() -> Optional.of(MetricsView.of(directory.resolve(RunLayout.METRICS), points)));
    }

    CompletionStage<Optional<JsonNode>> kept(Path directory) {
        return read(() ->
                KeptView.of(directory, RunConfigReader.parse(config(directory))).map(json -> json));
    }

    CompletionStage<Optional<JsonNode>> results(Path directory) {
        return read(() -> Optional.of(ResultsJson.of(directory)));
    }

    CompletionStage<List<ExportFile>> exported(Path directory) {
        return read(() -> Optional.of(ExportFile.of(directory))).thenApply(files -> files.orElse(List.of()));
    }

    CompletionStage<Optional<JsonNode>> configuration(Path directory) {
        return read(() -> Optional.of(JSON.readTree(config(directory))));
    }

    private static String config(Path directory) throws IOException {
        Path file = directory.resolve(RunLayout.CONFIG);
        if (Files.size(file) > MOST_CONFIG_BYTES) {
            throw new IOException(file + " is too large to be a configuration");
        }
        return Files.readString(file);
    }

    private interface Reading<T> {
        Optional<T> read() throws IOException;
    }

    /** Empty if the file is not there (yet). */
    private <T> CompletionStage<Optional<T>> read(Reading<T> reading) {
        if (!reads.tryAcquire()) {
            return CompletableFuture.failedFuture(new Busy());
        }
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return reading.read();
                            } catch (NoSuchFileException e) {
                                return Optional.<T>empty();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        disk)
                .whenComplete((content, failure) -> reads.release());
    }
}
