package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.training.AdamW;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWTest {
    private static final AdamW.Settings FIXTURE = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1);

    @ParameterizedTest
    @ValueSource(strings = {"mha-untied", "gqa-tied"})
    void threeStepsOnAllWeightsAreThoseOfPyTorch(String name) {
        try (Fixture fixture = Fixture.open(name, "training.safetensors");
                Decoder loaded = fixture.decoder(false);
                Decoder model = copy(fixture, loaded)) {
            List<String> names = new ArrayList<>();
            NDList parameters = new NDList();
            List<Integer> at = new ArrayList<>();
            for (int i = 0; i < model.weights().size(); i++) {
                Slot slot = Slot.ofIndex(i);
                if (slot != Slot.KV_MAP && model.weights().get(i).size() > 0) {
                    names.add(slot.nameIn(i / Slot.STRIDE));
                    parameters.add(model.weights().get(i));
                    at.add(i);
                }
            }
            int top = model.weights().size();
            add(names, parameters, at, WeightShapes.EMBEDDING, model.embedding(), top);
            add(names, parameters, at, WeightShapes.FINAL_NORM, model.norm(), top + 1);
            if (!fixture.config.tiedEmbeddings()) {
                add(names, parameters, at, WeightShapes.HEAD, model.head(), top + 2);
            }
            AdamW optimizer = new AdamW(fixture.torch, fixture.scope, parameters, FIXTURE);
            float[] losses = fixture.expected.floats("adamw.losses");
            float[] norms = fixture.expected.floats("adamw.gradient-norms");
            for (int i = 0; i < norms.length; i++) {
                try (NDManager step = fixture.torch.scope()) {
                    TrainingPass.Step out = new TrainingPass(model)
                            .language(step, fixture.ids(), fixture.labels(), Variant.INTACT, Gradients.ALL);
                    assertThat(out.losses().get(0).getFloat()).isCloseTo(losses[i], Offset.offset(2e-5f));
                    NDList gradients = new NDList();
                    at.forEach(index -> gradients.add(out.weights().get(index)));
                    assertThat((float) AdamW.clip(fixture.torch, step, gradients, 1))
                            .isCloseTo(norms[i], Offset.offset(2e-5f * Math.max(1, norms[i])));
                    optimizer.step(step, gradients, 0.01);
                }
            }
            assertThat(optimizer.steps()).isEqualTo(3);
            for (int i = 0; i < names.size(); i++) {
                assertChecksums(names.get(i), parameters.get(i), fixture.expected.floats("adamw." + names.get(i)));
            }
        }
    }

    private static void add(
            List<String> names, NDList parameters, List<Integer> at, String name, NDArray tensor, int index) {
        names.add(name);
        parameters.add(tensor);
        at.add(index);
    }

    private static void assertChecksums(String name, NDArray tensor, float[] expected) {
        double sum = 0;
        double squares = 0;
        for (float value : tensor.toFloatArray()) {
            sum += value;
            squares += (double) value * value;
        }
        double size = tensor.size();
        assertThat(sum / size).as("mean of " + name).isCloseTo(expected[0] / size, Offset.offset(2e-5));
        assertThat(squares / size).as("mean square of " + name).isCloseTo(expected[1] / size, Offset.offset(2e-5));
    }

    /** The loaded weights lie in the file, which nothing may write. */
    private static Decoder copy(Fixture fixture, Decoder loaded) {
        NDManager owner = fixture.torch.scope();
        NDArray embedding = copy(fixture, owner, loaded.embedding());
        NDArray head = fixture.config.tiedEmbeddings() ? embedding : copy(fixture, owner, loaded.head());
        NDList tensors = new NDList(embedding, copy(fixture, owner, loaded.norm()), head);
        loaded.weights().forEach(tensor -> tensors.add(copy(fixture, owner, tensor)));
        return Decoder.of(fixture.torch, owner, fixture.config, tensors, 128, false);
    }

    private static NDArray copy(Fixture fixture, NDManager owner, NDArray tensor) {
        return fixture.torch.floats(
                owner, tensor.toFloatArray(), tensor.getShape().getShape());
    }
}
