package dev.espalier.methods.nuteprune.work;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PruneTrainerTest {
    private static final LlamaConfig MODEL = TinyRun.model(Map.of());
    private static final Path WRITTEN = Path.of("src/test/resources/written");

    private static Torch torch;
    private static Decoder model;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        model = TinyModel.random(torch, MODEL, false, 21);
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[ffn]", "[heads, ffn]", "[heads, ffn, hidden]"})
    void expectedSparsityIsWhatTheScheduleWantsAtEveryStep(String granularity) throws IOException {
        Setup setup = setup("prune.granularity=" + granularity, "export.uniform=false", "prune.gates.harden-at=1");
        try (GatedStudent student = setup.student()) {
            double first = Double.NaN;
            for (int step = 0; step < 8; step++) {
                double target = 0.25 * (step + 1) / 8;
                StepMetrics metrics =
                        setup.trainer.step(student, Variant.INTACT, "intact", step, target, rows(setup, step));
                assertThat(metrics.value(StepFields.SPARSITY_EXPECTED)).isCloseTo(target, Offset.offset(1e-5));
                assertThat(metrics.value(StepFields.LOSS)).isFinite().isPositive();
                assertThat(metrics.value(StepFields.GRADIENT_NORM)).isFinite().isPositive();
                first = step == 0 ? metrics.value(StepFields.LOSS) : first;
            }
            assertThat(first).isFinite();
        }
    }

    @Test
    void theMasksThatPruningEndsWithAreAtTheBudget() throws IOException {
        Setup setup = setup("prune.granularity=[heads, ffn]");
        UniformShape end = setup.uniform.orElseThrow();
        try (GatedStudent student = setup.student()) {
            for (int step = 0; step < 4; step++) {
                setup.trainer.step(student, Variant.INTACT, "intact", step, 0.25, rows(setup, step));
            }
            MaskSet last = setup.trainer.finalMasks(student.masks().set());
            assertThat(new ExpectedSparsity(setup.shape).of(last))
                    .isCloseTo(end.sparsity(setup.shape), Offset.offset(1e-9));
        }
    }

    /** docs/methods/nuteprune.md, Deterministic masks. */
    @Test
    void thePapersMasksAtTheEndAreAsSoftAsItsTeachers() throws IOException {
        Setup setup = setup("prune.faithful=true", "prune.gates.harden-at=1", "export.uniform=false");
        MaskSet logits = setup.student().masks().set().map(a -> 0.5);
        MaskSet last = setup.trainer.finalMasks(logits);
        int units = last.ffn(0).length;
        int kept = units - (int) Math.rint(units * (1 - HardConcrete.active(0.5, HardConcrete.BETA)));
        assertThat(Arrays.stream(last.ffn(0)).filter(gate -> gate == HardConcrete.soft(0.5)))
                .hasSize(kept);
        assertThat(Arrays.stream(last.ffn(0)).filter(gate -> gate == 0)).hasSize(units - kept);
    }

    @Test
    void wherePapersMasksAreToLeaveLayersAlikeTheWantedCountsAreSoft() throws IOException {
        Setup setup =
                setup("prune.faithful=true", "prune.gates.harden-at=1", "prune.head-unit=group", "export.uniform=true");
        MaskSet last = setup.trainer.finalMasks(setup.student().masks().set().map(a -> 0.5));
        assertThat(Arrays.stream(last.ffn(0)).filter(gate -> gate != 0))
                .hasSize(setup.uniform.orElseThrow().kept(setup.shape, Row.ffn(0)))
                .containsOnly(HardConcrete.soft(0.5));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStudentReadBackGoesOnBitByBitAsIfItHadNeverStopped(boolean faithful) throws IOException {
        Setup setup = setup(
                "prune.faithful=" + faithful,
                "prune.gates.harden-at=" + (faithful ? 1 : 0.4),
                "prune.granularity=[heads, ffn, hidden]",
                "export.uniform=false");
        Path stopped = folder.resolve("stopped");
        try (GatedStudent student = setup.student()) {
            run(setup, student, 0, 3);
            StudentFile.write(stopped, student);
            run(setup, student, 3, 2);
            StudentFile.write(folder.resolve("onwards"), student);
        }
        try (GatedStudent student = read(stopped)) {
            StudentFile.write(folder.resolve("again"), student);
            run(setup, student, 3, 2);
            StudentFile.write(folder.resolve("restored"), student);
        }
        assertThat(folder.resolve("again")).hasSameBinaryContentAs(stopped);
        assertThat(folder.resolve("restored")).hasSameBinaryContentAs(folder.resolve("onwards"));
        assertThat(Files.readAllBytes(stopped)).isNotEqualTo(Files.readAllBytes(folder.resolve("onwards")));
    }

    /** Written after 3 steps, as {@link #run} takes them, when students had no groups yet; after 5 with the noise that seeds give now. */
    @Test
    void aStudentThatAnEarlierVersionWroteGoesOnAsItDidThen() throws IOException {
        Setup setup = setup(
                "prune.faithful=true",
                "prune.gates.harden-at=1",
                "prune.granularity=[heads, ffn, hidden]",
                "export.uniform=false");
        Path written = WRITTEN.resolve("student-1.safetensors");
        try (GatedStudent student = read(written)) {
            StudentFile.write(folder.resolve("same"), student);
            run(setup, student, 3, 2);
            StudentFile.write(folder.resolve("later"), student);
        }
        assertThat(folder.resolve("same")).hasSameBinaryContentAs(written);
        try (SafetensorsReader later = SafetensorsReader.open(folder.resolve("later"));
                SafetensorsReader then = SafetensorsReader.open(WRITTEN.resolve("student-1-later.safetensors"))) {
            assertThat(later.metadata()).isEqualTo(then.metadata());
            assertThat(later.names()).isEqualTo(then.names());
            for (String name : then.names()) {
                // Another processor may add in another order.
                assertThat(later.floats(name)).as(name).containsExactly(then.floats(name), Offset.offset(1e-5f));
            }
        }
    }

    /** Where a re-fit follows, only masks are trained; what is reported then is the norm of their gradients. */
    @Test
    void aStudentWithoutFactorsReadBackReportsAsItDidBefore() throws IOException {
        Setup setup = setup("prune.granularity=[ffn]", "export.uniform=false");
        Path file = folder.resolve("gates");
        StepMetrics kept;
        try (GatedStudent student = GatedStudent.fresh(Lora.none(model), MaskLogits.start(setup.shape.filled(1)))) {
            StudentFile.write(file, student);
            kept = setup.trainer.step(student, Variant.INTACT, "intact", 0, 0.1, rows(setup, 0));
        }
        try (GatedStudent student = read(file)) {
            StepMetrics again = setup.trainer.step(student, Variant.INTACT, "intact", 0, 0.1, rows(setup, 0));
            assertThat(again.value(StepFields.GRADIENT_NORM))
                    .isEqualTo(kept.value(StepFields.GRADIENT_NORM))
                    .isPositive();
        }
    }

    private static GatedStudent read(Path file) {
        return StudentFile.read(file, file, version -> GatedStudent.like(version, model, 2));
    }

    private static void run(Setup setup, GatedStudent student, int from, int count) {
        for (int step = from; step < from + count; step++) {
            setup.trainer.step(student, Variant.INTACT, "intact", step, 0.1, rows(setup, step));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStepWhoseLossIsNotFiniteChangesNothing(boolean faithful) throws IOException {
        Setup setup = setup("prune.faithful=" + faithful, "prune.gates.harden-at=" + (faithful ? 1 : 0.4));
        try (GatedStudent student = setup.student();
                NDManager scope = torch.scope()) {
            run(setup, student, 0, 2);
            StudentFile.write(folder.resolve("before"), student);
            NDList broken = TinyModel.lora(torch, scope, model, 2, 5);
            float[] nan = new float[(int) broken.get(0).size()];
            Arrays.fill(nan, Float.NaN);
            broken.set(0, torch.floats(scope, nan, broken.get(0).getShape().getShape()));
            Variant teacher = new Variant(new NDList(), broken, 1);
            StepMetrics metrics = setup.trainer.step(student, teacher, "broken", 2, 0.1, rows(setup, 2));
            assertThat(metrics.value(StepFields.LOSS)).isNaN();
            assertThat(metrics.value(StepFields.GRADIENT_NORM)).isNaN();
            StudentFile.write(folder.resolve("after"), student);
        }
        assertThat(folder.resolve("after")).hasSameBinaryContentAs(folder.resolve("before"));
    }

    @Test
    void aFreshStudentComputesWhatTheIntactModelDoes() throws IOException {
        Setup setup = setup("export.uniform=false");
        try (GatedStudent student = setup.student();
                NDManager scope = torch.scope()) {
            int[] ids = TinyModel.tokens(MODEL, 1, 9, 3)[0];
            Variant variant = student.lora().variant(new NDList());
            assertThat(model.logits(scope, torch.ints(scope, ids, 1, 9), variant)
                            .toFloatArray())
                    .isEqualTo(model.logits(scope, torch.ints(scope, ids, 1, 9), Variant.INTACT)
                            .toFloatArray());
        }
    }

    @Test
    void freshFactorsAreUniformWithinOneOverTheRootOfTheirInputs() {
        LlamaConfig wide = TinyModel.config(Map.of(
                "hidden_size", 4096, "num_attention_heads", 1, "num_key_value_heads", 1, "num_hidden_layers", 1));
        try (Decoder decoder = TinyModel.random(torch, wide, false, 1);
                NDManager scope = torch.scope()) {
            NDList factors = LoraFactors.fresh(scope, decoder, new RunConfig.Lora(List.of("q"), 8, 8), 42);
            float[] a = factors.get(0).toFloatArray();
            float largest = 0;
            for (float value : a) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertThat(largest).isLessThanOrEqualTo(0.015625f).isGreaterThan(0.0155f);
            assertThat(factors.get(1).toFloatArray()).containsOnly(0);
            assertThat(factors.get(2).size()).isZero();
        }
    }

    private record Setup(ResolvedRun run, PrunableShape shape, Optional<UniformShape> uniform, PruneTrainer trainer) {
        GatedStudent student() {
            RunConfig.Lora lora = run.config().prune().lora();
            SplittableRandom random = new SplittableRandom(2);
            MaskLogits logits = run.config().prune().faithful()
                    ? MaskLogits.published(shape, 6)
                    : MaskLogits.start(shape.filled(0).map(x -> 3 * random.nextGaussian()));
            return GatedStudent.fresh(Lora.fresh(model, lora, 4), logits);
        }
    }

    /** Of a step. */
    private static int[][] rows(Setup setup, int step) {
        int batch = setup.run().config().prune().batchSize();
        return TinyModel.tokens(MODEL, batch, 16, 1000 + (long) step * batch);
    }

    private Setup setup(String... settings) throws IOException {
        ResolvedRun run = TinyRun.config(folder, settings);
        PrunableShape shape = TinyRun.shape(MODEL, run);
        Optional<UniformShape> uniform =
                run.config().export().uniform() ? Optional.of(UniformShape.nearest(shape, 0.25, 1)) : Optional.empty();
        PruneTrainer trainer = new PruneTrainer(model, run.config(), shape, uniform);
        return new Setup(run, shape, uniform, trainer);
    }
}
