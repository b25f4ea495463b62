package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.torch.Processor;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One model, whose weights bfloat16 can hold, stored in bfloat16 and in float32. */
class PrecisionTest {
    private static Torch torch;
    private static ModelFolder halves;
    private static ModelFolder floats;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        torch = Torch.open("cpu");
        TinyRun.writeTokenizer(folder);
        try (Decoder model = TinyModel.random(torch, TinyRun.model(Map.of()), false, 3)) {
            HfExport.write(model, Variant.INTACT, folder, folder.resolve("halves"), Dtype.BF16, layer -> {});
        }
        halves = ModelFolder.open(folder.resolve("halves"));
        try (Decoder model = Decoder.load(torch, halves, 32, false)) {
            HfExport.write(model, Variant.INTACT, folder, folder.resolve("floats"), Dtype.F32, layer -> {});
        }
        floats = ModelFolder.open(folder.resolve("floats"));
    }

    @AfterAll
    static void close() {
        floats.close();
        halves.close();
        torch.close();
    }

    @Test
    void storedHalvesComputeWhatConvertedFloatsDo() {
        assertThat(step(halves, Precision.BF16)).isEqualTo(step(floats, Precision.BF16));
    }

    @Test
    void lossAndGradientsAreThoseOfFloat32ButForRounding() {
        float[] exact = step(floats, Precision.F32);
        float[] rounded = step(floats, Precision.BF16);
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < exact.length; i++) {
            product += (double) exact[i] * rounded[i];
            first += (double) exact[i] * exact[i];
            second += (double) rounded[i] * rounded[i];
        }
        double cosine = product / Math.sqrt(first * second);
        if (Processor.multipliesBf16()) {
            assertThat(cosine).isBetween(0.999, 1 - 1e-9);
        } else {
            // Weights alone are halves, which held these exactly: widened they are what they were.
            assertThat(cosine).isBetween(1 - 1e-9, 1 + 1e-12);
        }
        assertThat(Math.sqrt(second / first)).isBetween(0.98, 1.02);
    }

    /** Loss, then the gradients of factors and masks, of a distillation step from the model without them. */
    private static float[] step(ModelFolder model, Precision precision) {
        try (Decoder decoder = Decoder.load(torch, model, 32, false, precision);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(decoder.config(), 2, 11, 5));
            NDList teacher = decoder.hiddenStates(scope, ids, Variant.INTACT, false);
            NDList lora = TinyModel.lora(torch, scope, decoder, 2, 7);
            TrainingPass.Step step = new TrainingPass(decoder)
                    .distil(
                            scope,
                            ids,
                            new Variant(new NDList(), lora, 0.5),
                            teacher,
                            decoder.head(),
                            new TrainingPass.Distillation(1, 1, 0, false),
                            Gradients.NONE);
            NDList all = new NDList(step.losses().get(0).reshape(1));
            step.lora().forEach(gradient -> all.add(gradient.flatten()));
            float[] values = new float[0];
            for (NDArray part : all) {
                float[] more = part.toFloatArray();
                int from = values.length;
                values = Arrays.copyOf(values, from + more.length);
                System.arraycopy(more, 0, values, from, more.length);
            }
            return values;
        }
    }
}
