package dev.espalier.cli.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.report.ComparedRun;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The dense model, measured by the first run of a comparison and taken from there by the others: it is the same model in all
 * of them. Equal are the model's files, the texts and questions, what is asked of them, and the device; where one differs,
 * the model is measured anew.
 *
 * <p>A measurement is a file of the comparison's folder, {@code {"of": {..}, "run": "NAME", "measured": {..}}}, so that it
 * outlives the process.
 *
 * @param folder of the comparison
 */
record DenseOnce(Path folder) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PREFIX = "dense-";

    /** Enough of a hash to tell the few measurements of a comparison apart. */
    private static final int DIGITS = 16;

    /** The leg that measures the dense model, done once. */
    LegWork.Opener opener(LegWork.Opener measuring) {
        return (bench, first) -> {
            LegWork own = measuring.open(bench, first);
            return new LegWork() {
                @Override
                public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
                    return takenOrMeasured(bench, own, assignment, reporter);
                }

                @Override
                public void close() {
                    own.close();
                }
            };
        };
    }

    private WorkResult takenOrMeasured(Bench bench, LegWork own, Assignment assignment, Reporter reporter)
            throws IOException {
        ObjectNode of = of(bench);
        Path file = folder.resolve(PREFIX
                + Sha256.of(of.toString().getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS) + ".json");
        if (Files.isRegularFile(file)) {
            return Results.measured(assignment.key(), taken(file, of, name(bench)));
        }
        WorkResult result = own.run(assignment, reporter);
        ObjectNode kept = JSON.createObjectNode();
        kept.set("of", of);
        kept.put("run", name(bench));
        kept.set("measured", JSON.readTree(result.measurements()));
        AtomicFiles.write(file, (kept.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        return result;
    }

    private static String name(Bench bench) {
        return String.valueOf(bench.directory().getFileName());
    }

    /**
     * @param by whom: where it is the run that measured, done again after it was removed, it took them from no other
     * @throws UserError if the file is not what was written there
     */
    private static ObjectNode taken(Path file, ObjectNode of, String by) throws IOException {
        JsonNode kept;
        try {
            kept = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw spoilt(file, e);
        }
        JsonNode measured = kept.path("measured");
        if (!kept.path("of").equals(of)
                || !measured.isObject()
                || !kept.path("run").isTextual()) {
            throw spoilt(file, null);
        }
        String run = kept.path("run").asText();
        return run.equals(by) ? (ObjectNode) measured : ((ObjectNode) measured).put(ComparedRun.TAKEN_FROM, run);
    }

    private static UserError spoilt(Path file, Throwable cause) {
        return new UserError(
                file
                        + " is not the measurement of the dense model that was written there: delete it, and the same command"
                        + " measures anew",
                cause);
    }

    /** All that the numbers depend on. */
    private static ObjectNode of(Bench bench) throws IOException {
        RunConfig.Evaluate config = bench.config().evaluate();
        ObjectNode of = JSON.createObjectNode();
        of.put("model", bench.config().model().path().toString());
        of.put("identity", bench.model());
        of.put("device", bench.torch().deviceName());
        of.put("rounds", config.speedRounds());
        of.put("window", config.window());
        of.put("limit", config.limit());
        files(of.putObject("perplexity"), config.perplexity());
        files(of.putObject("choices"), config.choices());
        return of;
    }

    private static void files(ObjectNode hashes, List<Path> files) throws IOException {
        for (Path file : files) {
            hashes.put(file.toString(), Sha256.of(file));
        }
    }
}
