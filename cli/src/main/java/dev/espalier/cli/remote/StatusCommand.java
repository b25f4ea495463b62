package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.cli.ExitCode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code espalier status}. */
@Command(name = "status", description = "Tell how a run stands.", mixinStandardHelpOptions = true)
public final class StatusCommand extends RemoteCommand {
    private static final String ROW = "  %-11s %-10s %-9s %s";

    @Parameters(paramLabel = "RUN", description = "The run's name; 'espalier ls' has them all.")
    private String run;

    @Override
    int call(Coordinator coordinator) throws IOException, InterruptedException {
        JsonNode manifest = coordinator.get("/runs/" + Coordinator.segment(run));
        print(manifest, words(manifest));
        return ExitCode.DONE;
    }

    static String words(JsonNode manifest) {
        StringBuilder words = new StringBuilder(RunSentence.of(manifest));
        for (JsonNode stage : manifest.path("stages")) {
            String row = String.format(
                    Locale.ROOT,
                    ROW,
                    stage.path("name").asText(),
                    stage.path("state").asText(),
                    duration(stage),
                    stage.path("cause").asText(""));
            words.append(System.lineSeparator()).append(row.stripTrailing());
        }
        JsonNode parameters = manifest.path("parameters");
        if (parameters.isObject()) {
            words.append(System.lineSeparator())
                    .append(String.format(
                            Locale.ROOT,
                            "%,d parameters, %,d before: %.2f %% of the prunable ones are gone",
                            parameters.path("after").asLong(),
                            parameters.path("before").asLong(),
                            100 * parameters.path("sparsity").asDouble()));
        }
        return words.toString();
    }

    private static String duration(JsonNode stage) {
        if (!stage.path("started").isTextual() || !stage.path("ended").isTextual()) {
            return "";
        }
        Duration took = Duration.between(
                Instant.parse(stage.path("started").asText()),
                Instant.parse(stage.path("ended").asText()));
        return String.format(Locale.ROOT, "%d:%02d:%02d", took.toHours(), took.toMinutesPart(), took.toSecondsPart());
    }
}
