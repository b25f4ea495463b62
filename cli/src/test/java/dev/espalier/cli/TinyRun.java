package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tiny model, a text and a configuration in a folder, all that {@code prune} needs.
 *
 * @param out where the run goes
 */
public record TinyRun(Path folder, Path config, Path out) {

    public static TinyRun in(Path folder) throws IOException {
        TinyModel.in(folder.resolve("model"));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            text.append("The cat number ")
                    .append(i * 37 % 61)
                    .append(" sat on mat ")
                    .append(i)
                    .append(".\n");
        }
        Files.writeString(folder.resolve("text.txt"), text);
        Files.writeString(
                folder.resolve("choices.jsonl"),
                "{\"query\": \"The cat\", \"choices\": [\"sat\", \"flew\"], \"gold\": 0}\n".repeat(3));
        Path config = folder.resolve("tiny.conf");
        Files.writeString(
                config,
                """
                model { path = model, device = cpu }
                data { train = [ { path = text.txt } ], sequence-length = 16 }
                calibrate.tokens = 256
                prune { steps = 6, batch-size = 2, target.sparsity = 0.3, granularity = [heads, ffn], gates.harden-at = 0.4 }
                recover { steps = 6, batch-size = 2 }
                cluster.inner-steps = 2
                evaluate { perplexity = [text.txt], choices = [choices.jsonl], latency = false, window = 16, limit = 4 }
                """);
        return new TinyRun(folder, config, folder.resolve("out"));
    }

    Cli prune(String... set) {
        return prune(List.of("--port", "none"), set);
    }

    Cli prune(List<String> options, String... set) {
        List<Object> arguments = new ArrayList<>(List.of("prune", config, "--out", out));
        arguments.addAll(options);
        for (String override : set) {
            arguments.addAll(List.of("--set", override));
        }
        return Cli.run(arguments.toArray());
    }

    JsonNode manifest() throws IOException {
        return new ObjectMapper().readTree(out.resolve("manifest.json").toFile());
    }
}
