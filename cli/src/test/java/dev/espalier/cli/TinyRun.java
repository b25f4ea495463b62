package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
                prune { steps = 6, batch-size = 2, target.sparsity = 0.3, granularity = [heads, ffn] }
                recover { steps = 6, batch-size = 2 }
                cluster.inner-steps = 2
                evaluate { perplexity = [text.txt], choices = [choices.jsonl], latency = false, window = 16, limit = 4 }
                """);
        return new TinyRun(folder, config, folder.resolve("out"));
    }

    Cli prune(String... set) {
        Object[] arguments = new Object[4 + 2 * set.length];
        arguments[0] = "prune";
        arguments[1] = config;
        arguments[2] = "--out";
        arguments[3] = out;
        for (int i = 0; i < set.length; i++) {
            arguments[4 + 2 * i] = "--set";
            arguments[5 + 2 * i] = set[i];
        }
        return Cli.run(arguments);
    }

    JsonNode manifest() throws IOException {
        return new ObjectMapper().readTree(out.resolve("manifest.json").toFile());
    }
}
