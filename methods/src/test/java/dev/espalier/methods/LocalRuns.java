package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.folder.MetricsLog;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whole runs of the installed methods in one process, as {@code espalier prune} does them, and what they left. */
public final class LocalRuns {
    private LocalRuns() {}

    /** A tiny model in {@code folder/model}, from which {@link TinyRun#config} starts. */
    public static void writeModel(Path folder, Map<String, Object> config) {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(config), folder.resolve("model"), 51);
        }
    }

    /** Does the run to its end. */
    public static ResolvedRun complete(ResolvedRun run) throws IOException, InterruptedException {
        assertThat(execute(run, RunListener.NONE)).isEqualTo(RunOutcome.COMPLETED);
        return run;
    }

    public static RunOutcome execute(ResolvedRun run, RunListener listener) throws IOException, InterruptedException {
        return LocalRun.execute(
                run,
                Methods.stages(),
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                "pekko.actor.default-dispatcher",
                listener,
                LocalRun.Companion.NONE);
    }

    /** @param model relative to the run's folder */
    public static LlamaConfig config(ResolvedRun run, String model) {
        try (ModelFolder folder = ModelFolder.open(run.directory().resolve(model))) {
            return folder.config();
        }
    }

    /** What the manifest says of sizes. */
    public static JsonNode parameters(ResolvedRun run) throws IOException {
        return manifest(run).path("parameters");
    }

    /** Tables that the work of the run's first stage measured for the report. */
    public static JsonNode tables(ResolvedRun run) throws IOException {
        return manifest(run).path("stages").path(0).path("tables");
    }

    static JsonNode manifest(ResolvedRun run) throws IOException {
        return new ObjectMapper()
                .readTree(run.directory().resolve("manifest.json").toFile());
    }

    /** SHA-256 of the weights of the result. */
    public static String exported(ResolvedRun run) throws IOException {
        return Sha256.of(run.directory().resolve("export/hf/model.safetensors"));
    }

    public static List<StepMetrics> steps(ResolvedRun run) throws IOException {
        return MetricsLog.read(run.directory().resolve("metrics.jsonl")).stream()
                .map(StepLine::step)
                .toList();
    }
}
