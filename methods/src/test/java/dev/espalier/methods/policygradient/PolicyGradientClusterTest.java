package dev.espalier.methods.policygradient;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.methods.Methods;
import dev.espalier.methods.NodeProcesses;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Through processes that are killed. */
@Tag("endurance")
class PolicyGradientClusterTest {
    private static final int STEPS = 150;

    /**
     * A worker that comes while another's slice is not known to be lost, or rests, is given the next one: then results come in
     * another order than one process has them. The nodes' lease, a quarter of it until that is seen, a second of rest, and the
     * start of a coordinator, milliseconds.
     */
    private static final int UNTIL_DUE = 10_000;

    @TempDir
    private Path folder;

    private NodeProcesses nodes;
    private Path config;

    @BeforeEach
    void writeARun() throws IOException {
        Path log = folder.resolve("nodes.log");
        nodes = new NodeProcesses(folder, arguments -> PolicyGradientNode.start(log, arguments));
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of("num_hidden_layers", 4)), folder.resolve("model"), 51);
        }
        Path text = TinyRun.writeText(folder.resolve("text.txt"));
        config = Files.writeString(
                folder.resolve("policy.conf"),
                """
                run.name = policy
                stages = [prune, export]
                model { path = "%s", device = cpu }
                data { train = [ { path = "%s" } ], sequence-length = 16 }
                calibrate.tokens = 256
                prune {
                  method = policy-gradient, steps = %d, batch-size = 4, target.sparsity = 0.25
                  initialise-from = magnitude, granularity = [heads, ffn], policy-gradient.ffn-block = 2
                }
                export.uniform = false
                cluster { inner-steps = 2, max-staleness = 4 }
                """
                        .formatted(folder.resolve("model"), text, STEPS));
    }

    @AfterEach
    void stopAll() {
        nodes.close();
    }

    @Test
    void withOneWorkerAtATimeWhoeverIsKilledTheModelIsTheOneOfOneProcess() throws Exception {
        ResolvedRun local = RunConfigReader.read(config, List.of(), Optional.of(folder.resolve("local")));
        RunOutcome outcome = LocalRun.execute(
                local,
                Methods.stages(),
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
        assertThat(outcome).isEqualTo(RunOutcome.COMPLETED);

        Process coordinator = nodes.coordinator();
        nodes.submit(config);
        Process first = nodes.worker("first");
        killAfter(20, first);
        Thread.sleep(UNTIL_DUE);
        Process second = nodes.worker("second");
        killAfter(60, coordinator);
        second.destroyForcibly().waitFor();
        nodes.coordinator();
        Thread.sleep(UNTIL_DUE);
        nodes.worker("third");
        nodes.awaitEnd("policy");

        assertThat(steps()).hasSize(STEPS);
        assertThat(exported(nodes.run("policy"))).isEqualTo(exported(folder.resolve("local")));
    }

    @Test
    void severalWorkersShareTheStepsOutAndOneThatIsKilledLosesOnlyWhatItHadInHand() throws Exception {
        nodes.coordinator();
        nodes.submit(config);
        nodes.worker("first");
        Process second = nodes.worker("second");
        killAfter(20, second);
        nodes.worker("third");
        nodes.awaitEnd("policy");

        assertThat(steps().stream().map(step -> step.path("step").asInt()).sorted())
                .containsExactlyElementsOf(IntStream.range(0, STEPS).boxed().toList());
        JsonNode manifest = new ObjectMapper()
                .readTree(nodes.run("policy").resolve("manifest.json").toFile());
        assertThat(manifest.path("parameters").path("sparsity").asDouble()).isCloseTo(0.25, Offset.offset(0.02));
    }

    /** As {@code kill -9}, when so many steps were taken. */
    private void killAfter(int steps, Process process) throws Exception {
        nodes.await(() -> steps().size() >= steps);
        assertThat(steps()).as("steps at the time of the kill").hasSizeLessThan(STEPS);
        process.destroyForcibly().waitFor();
    }

    /** Lines of the prune stage that are whole. */
    private List<JsonNode> steps() throws IOException {
        Path metrics = nodes.run("policy").resolve("metrics.jsonl");
        List<JsonNode> steps = new ArrayList<>();
        if (Files.exists(metrics)) {
            for (String line : Files.readAllLines(metrics)) {
                if (line.endsWith("}")) {
                    steps.add(new ObjectMapper().readTree(line));
                }
            }
        }
        return steps;
    }

    private static String exported(Path run) throws IOException {
        return Sha256.of(run.resolve("export/hf/model.safetensors"));
    }
}
