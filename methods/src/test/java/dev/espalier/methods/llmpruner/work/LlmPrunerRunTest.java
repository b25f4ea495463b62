package dev.espalier.methods.llmpruner.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.Methods;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.CalibrationOrder;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.TinyWork;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.WorkExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's work without a coordinator: a model of two layers, the first of which is spared. */
class LlmPrunerRunTest {
    private static final String[] SPARING = {
        "prune.method=llm-pruner", "prune.llm-pruner.spare-first=1", "prune.refit=false", "export.uniform=false"
    };

    private static final Reporter SILENT = new Reporter() {
        @Override
        public void stepped(StepMetrics metrics) {}

        @Override
        public void progressed(long done, long total, String what) {}
    };

    @TempDir
    private Path folder;

    private long sequence;

    @BeforeEach
    void writeAModel() {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
    }

    @Test
    void aSparedLayerLosesNothing() throws IOException {
        ResolvedRun run = TinyRun.config(folder, SPARING);
        pruned(run);
        try (ModelFolder model = ModelFolder.open(run.directory().resolve("stages/prune/model"))) {
            List<LayerShape> layers = model.config().layers();
            assertThat(layers.get(0)).isEqualTo(new LayerShape(4, 2, 24));
            assertThat(layers.get(1).intermediate()).isLessThan(16);
        }
    }

    @Test
    void aTargetThatTheOthersDoNotHoldIsRefused() throws IOException {
        ResolvedRun run = TinyRun.config(folder, SPARING[0], SPARING[1], SPARING[3], "prune.target.sparsity=0.6");
        assertThatThrownBy(() -> pruned(run))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.target.sparsity = 0.6 is more than 0.")
                .hasMessageContaining("the model has 2 layers");
    }

    private void pruned(ResolvedRun run) throws IOException {
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            Work scores = new Work(
                    Work.Kind.BUILD,
                    "scores",
                    Slice.NONE,
                    0,
                    Work.Reads.NOTHING,
                    Optional.empty(),
                    new CalibrationOrder(List.of("llm-pruner")).json());
            WorkResult found = executor.execute(assignment(run, Stage.CALIBRATE, scores), SILENT);
            Path blob = run.directory().resolve(found.artefacts().get(0).path());
            BlobRef calibration = new BlobRef(found.artefacts().get(0).sha256(), Files.size(blob));
            Work.Reads reads = Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, Optional.of(calibration));
            executor.execute(assignment(run, Stage.PRUNE, TinyWork.build("shot", reads, "stages/prune/model")), SILENT);
        }
    }

    private Assignment assignment(ResolvedRun run, Stage stage, Work work) {
        AssignmentKey key = new AssignmentKey("tiny", stage, sequence++, 1);
        return Assignment.inFolder(key, run.text(), run.directory().toString(), work);
    }
}
