package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.Trainer;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Optional;

/** Slices of LoRA training on the physically smaller model, which this holds open. */
public final class SmallModelTrainer implements Trainer<Lora> {
    private static final String INTACT = "intact";

    private final Bench bench;
    private final Stage stage;
    private final Lesson lesson;
    private final RunConfig.Lora lora;
    private final boolean distils;
    private final ModelFolder folder;
    private final Decoder model;

    private SmallModelTrainer(
            Bench bench, Stage stage, Lesson lesson, RunConfig.Lora lora, boolean distils, ModelFolder folder) {
        this.bench = bench;
        this.stage = stage;
        this.lesson = lesson;
        this.lora = lora;
        this.distils = distils;
        this.folder = folder;
        this.model = bench.load(folder, bench.trainingPrecision());
    }

    /**
     * @param first names the smaller model
     * @param distils whether the intact model teaches; otherwise the text does
     */
    public static SmallModelTrainer open(
            Bench bench, Assignment first, Lesson lesson, RunConfig.Lora lora, boolean distils) throws IOException {
        ModelFolder folder =
                ModelFolder.open(bench.path(first.work().reads().model().orElseThrow()));
        try {
            return new SmallModelTrainer(bench, first.key().stage(), lesson, lora, distils, folder);
        } catch (RuntimeException | Error e) {
            folder.close();
            throw e;
        }
    }

    @Override
    public Decoder model() {
        return model;
    }

    @Override
    public int batchSize() {
        return lesson.batchSize();
    }

    @Override
    public Lora fresh(Work work) {
        return Lora.fresh(model, lora, bench.seed(stage));
    }

    @Override
    public Lora like(StudentFile version) {
        return Lora.like(version, model, lora.scale());
    }

    @Override
    public Steps<Lora> begin(NDManager scope, Work work) {
        Optional<RecoverTrainer.Teaching> teacher = distils
                ? Optional.of(new RecoverTrainer.Teaching(bench.intactForTraining(), Variant.INTACT, INTACT))
                : Optional.empty();
        RecoverTrainer trainer = new RecoverTrainer(model, teacher, lesson, bench.clock(stage));
        return new Steps<>() {
            @Override
            public StepMetrics step(Lora student, int step, int[][] rows) {
                return trainer.step(student, step, rows);
            }

            @Override
            public Variant shown(NDManager temporary, Lora student, StepMetrics last) {
                return student.variant(new NDList());
            }
        };
    }

    @Override
    public void close() {
        model.close();
        folder.close();
    }
}
