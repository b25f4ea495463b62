package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.work.KeptFile;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models in two rounds, to 15 and to 30 %. */
class RoundsTest {
    private static final Stage SECOND = new Stage("recover", 2);

    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        LocalRuns.writeModel(folder, Map.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prune.method=obs",
                "prune.method=obs, export.uniform=false, prune.granularity=[heads, ffn]",
                "prune.method=wanda-sp, export.uniform=false, prune.granularity=[heads, ffn], prune.head-unit=query",
                "prune.method=nuteprune, prune.refit=true",
                "prune.method=nuteprune, prune.refit=false, prune.initialise-from=none, export.uniform=false,"
                        + " prune.granularity=[heads, ffn]"
            })
    void eachRoundReachesItsShareOfTheIntactModelAndTakesNothingBack(String settings) throws Exception {
        ResolvedRun run = run(folder, settings);
        LocalRuns.complete(run);

        double first = sparsity(run, "prune");
        double second = sparsity(run, "prune-2");
        assertThat(first).isCloseTo(0.15, Offset.offset(0.03));
        assertThat(second).isCloseTo(0.30, Offset.offset(0.03));
        MaskSet before = KeptFile.read(run.directory().resolve("stages/prune/kept.json"));
        MaskSet after = KeptFile.read(run.directory().resolve("stages/prune-2/kept.json"));
        double[] then = before.flat();
        double[] now = after.flat();
        for (int i = 0; i < now.length; i++) {
            assertThat(now[i]).isLessThanOrEqualTo(then[i]);
        }
        try (ModelFolder exported = ModelFolder.open(run.directory().resolve("export/hf"))) {
            assertThat(exported.config().parameters())
                    .isEqualTo(measured(run, "prune-2").path("after").asLong());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prune.method=obs", "prune.method=nuteprune"})
    @Tag("endurance")
    void aRunThatIsKilledInItsSecondRoundEndsWithTheSameBits(String settings) throws Exception {
        Path killed = HaltedRun.in(folder, RoundsTest.class, settings);
        ResolvedRun resumed = LocalRuns.complete(run(killed, settings));
        ResolvedRun whole = LocalRuns.complete(run(folder, settings));
        assertThat(LocalRuns.exported(resumed)).isEqualTo(LocalRuns.exported(whole));
    }

    /** Dies in the second round. */
    public static void main(String[] args) throws Exception {
        HaltedRun.execute(run(Path.of(args[0]), args[1]), SECOND, 2);
    }

    private static ResolvedRun run(Path folder, String settings) throws Exception {
        String[] own = ("stages=[calibrate, prune, recover, calibrate, prune, recover, export]; "
                        + "prune.target.sparsity=[0.15, 0.3]; cluster.inner-steps=2; "
                        + settings.replaceAll(", (prune|export)\\.", "; $1."))
                .split("; ");
        return TinyRun.config(folder, own);
    }

    private static double sparsity(ResolvedRun run, String stage) throws Exception {
        return measured(run, stage).path("sparsity").asDouble();
    }

    /** What the round counted, from the model that it left: the manifest has that of the last alone. */
    private static JsonNode measured(ResolvedRun run, String stage) throws Exception {
        JsonNode parameters = LocalRuns.parameters(run);
        if (stage.equals("prune-2")) {
            return parameters;
        }
        long before = parameters.path("before").asLong();
        long prunable = parameters.path("prunable-before").asLong();
        try (ModelFolder left = ModelFolder.open(run.directory().resolve("stages/" + stage + "/model"))) {
            double gone = (double) (before - left.config().parameters()) / prunable;
            return new ObjectMapper().createObjectNode().put("sparsity", gone);
        }
    }
}
