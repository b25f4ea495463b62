package dev.espalier.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.calibration.Calibration;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.evaluation.Evaluation;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Precision;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.ValidationLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A NaN is larger and smaller than nothing, so most measures take it for a good or a bad number, and none may. */
class NotFiniteTest {
    private static final String WEIGHT = "model.layers.1.mlp.up_proj.weight";

    private static Torch torch;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    @ParameterizedTest
    @CsvSource({
        "F32, NaN, F32",
        "F32, Infinity, F32",
        "F16, NaN, F32",
        "F16, -Infinity, F32",
        "BF16, NaN, F32",
        "BF16, Infinity, BF16",
        "F32, NaN, BF16"
    })
    void aWeightThatIsNoNumberIsRefusedWithItsTensorFileAndPlace(Dtype stored, float value, Precision loaded)
            throws IOException {
        WrittenModel.of(TinyRun.model(Map.of())).with(WEIGHT, 2 * 16 + 3, value).write(folder, stored);
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThatThrownBy(() -> Decoder.load(torch, model, 16, false, loaded))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(WEIGHT + " in " + folder.resolve("model.safetensors"))
                    .hasMessageContaining("holds " + value + " at [2, 3]; 1 of its 384 numbers");
        }
    }

    @Test
    void numbersWhoseSumOverflowsAreNumbers() throws IOException {
        WrittenModel.of(TinyRun.model(Map.of()))
                .with(WEIGHT, 0, 3e38f)
                .with(WEIGHT, 1, 3e38f)
                .write(folder, Dtype.F32);
        try (ModelFolder model = ModelFolder.open(folder)) {
            Decoder.load(torch, model, 16, false).close();
        }
    }

    @Test
    void whatAModelComputesIsANumberOrAnError() throws IOException {
        overflowing();
        Path text = TinyRun.writeText(folder.resolve("text.txt"));
        Path choices = Files.writeString(
                folder.resolve("choices.jsonl"), "{\"query\": \"the\", \"choices\": [\"cat\", \"mat\"], \"gold\": 0}");
        assertThatThrownBy(() -> evaluate(List.of(text), List.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the model in " + folder + " computes NaN as the loss of tokens 0 to")
                .hasMessageContaining("text.txt");
        assertThatThrownBy(() -> evaluate(List.of(), List.of(choices)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("[NaN, NaN]")
                .hasMessageContaining("item 1");
        try (ModelFolder model = ModelFolder.open(folder);
                Tokenizer tokenizer = model.openTokenizer();
                Decoder decoder = Decoder.load(torch, model, 64, false)) {
            assertThatThrownBy(() ->
                            new Generator(decoder, tokenizer, 64, Set.of()).generate("the cat", 4, 0, 1, piece -> {}))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("computes NaN after token");
            assertThatThrownBy(() -> ValidationLoss.of(decoder, Variant.INTACT, new int[][] {{1, 2, 3}}))
                    .hasMessageContaining("validation loss is NaN");
        }
    }

    /** Needs what the text gives. */
    private static final class GramMetric implements Metric {
        @Override
        public String name() {
            return "gram";
        }

        @Override
        public Set<Statistic> needs() {
            return Set.of(InputStatistic.GRAM);
        }

        @Override
        public double[] score(SubBlock block) {
            return new double[block.units().units()];
        }
    }

    @Test
    void calibrationNamesTheProjectionWhoseInputsAreNone() throws IOException {
        overflowing();
        try (ModelFolder model = ModelFolder.open(folder);
                Decoder decoder = Decoder.load(torch, model, 16, false)) {
            PrunableShape shape = new PrunableShape(
                    2, 16, 4, 2, 4, 24, EnumSet.of(Granularity.HEADS, Granularity.FFN), HeadUnit.GROUP, false);
            int[][] rows = TinyModel.tokens(model.config(), 2, 16, 3);
            assertThatThrownBy(() -> new Calibration(decoder, shape, new RunConfig.Calibrate(32, 0.01))
                            .run(List.of(new GramMetric()), rows, layer -> {}))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("inputs of model.layers.0.self_attn.o_proj.weight that are not finite");
        }
    }

    @Test
    void whatHalfPrecisionCannotHoldIsNotExportedAsInfinity() throws IOException {
        WrittenModel.of(TinyRun.model(Map.of())).with(WEIGHT, 5, 70_000).write(folder, Dtype.F32);
        Path out = folder.resolve("out");
        try (ModelFolder model = ModelFolder.open(folder);
                Decoder decoder = Decoder.load(torch, model, 16, false)) {
            assertThatThrownBy(() -> HfExport.write(decoder, Variant.INTACT, folder, out, Dtype.F16, layer -> {}))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(WEIGHT + " holds 70000.0, which is not finite as F16")
                    .hasMessageContaining("bf16");
            HfExport.write(decoder, Variant.INTACT, folder, out, Dtype.BF16, layer -> {});
        }
    }

    @Test
    void aStudentThatIsNoNumberIsNeitherWrittenNorRead() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        Path run = Files.createDirectories(folder.resolve("run"));
        Path whole = run.resolve("whole.safetensors");
        try (Decoder model = TinyModel.random(torch, config, false, 5);
                Lora student = Lora.fresh(
                        model, TinyRun.config(folder).config().prune().lora(), 1)) {
            StudentFile.write(whole, student);
            byte[] damaged = Files.readAllBytes(whole);
            for (int i = 0; i < 4; i++) {
                damaged[damaged.length - 1 - i] = (byte) 0xff;
            }
            Path file = Files.write(run.resolve("damaged.safetensors"), damaged);
            assertThatThrownBy(() -> StudentFile.read(file, file, version -> Lora.like(version, model, 2)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(file + " holds NaN");
            student.group().trainables().get(0).first().write(0, new float[] {Float.NaN});
            assertThatThrownBy(() -> StudentFile.write(run.resolve("none.safetensors"), student))
                    .hasMessageContaining("holds NaN after this slice");
        }
    }

    /** All weights are finite; the first layer's norm makes of them what is not. */
    private void overflowing() throws IOException {
        WrittenModel.of(TinyRun.model(Map.of()))
                .filled("model.layers.0.input_layernorm.weight", 3e38f)
                .write(folder, Dtype.F32);
    }

    private void evaluate(List<Path> texts, List<Path> choices) {
        Evaluation.run(torch, folder, new Evaluation.Plan(texts, choices, 0, 16, 2), (done, total, what) -> {});
    }
}
