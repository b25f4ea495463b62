package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.JniUtils;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bits may depend on neither the threads' timing nor the addresses at which tensors happen to lie. */
class DeterminismTest {
    private static final LlamaConfig CONFIG =
            TinyModel.config(Map.of("hidden_size", 136, "intermediate_size", 200, "head_dim", 34, "vocab_size", 300));

    private Torch torch;

    @BeforeEach
    void open() {
        torch = Torch.open("cpu");
        JniUtils.setNumThreads(2);
    }

    @AfterEach
    void close() {
        JniUtils.setNumThreads(1);
        torch.close();
    }

    @Test
    void aStepHasTheSameBitsWhereverItsTensorsLie() {
        float[][] first = null;
        try (Decoder model = TinyModel.random(torch, CONFIG, false, 61)) {
            for (int i = 0; i < 5; i++) {
                int offset = 20 * i;
                try (NDManager scope = torch.scope();
                        Decoder moved = moved(model, offset)) {
                    NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(CONFIG, 2, 60, 62));
                    NDList lora = new NDList();
                    TinyModel.lora(torch, scope, model, 4, 63)
                            .forEach(factor -> lora.add(moved(scope, factor, offset)));
                    Variant student = new Variant(TinyModel.masks(torch, scope, CONFIG, true, 64), lora, 0.5);
                    NDList taught = moved.hiddenStates(scope, ids, Variant.INTACT, true);
                    TrainingPass.Step step = new TrainingPass(moved)
                            .distil(
                                    scope,
                                    ids,
                                    student,
                                    taught,
                                    moved.head(),
                                    new TrainingPass.Distillation(1, 1, 1, true),
                                    Gradients.NONE);
                    NDList all = new NDList(step.losses());
                    all.addAll(step.lora());
                    all.addAll(step.masks());
                    float[][] values = all.stream().map(NDArray::toFloatArray).toArray(float[][]::new);
                    first = first == null ? values : first;
                    for (int at = 0; at < values.length; at++) {
                        assertThat(values[at])
                                .as("result %d at offset %d", at, offset)
                                .isEqualTo(first[at]);
                    }
                }
            }
        }
    }

    private Decoder moved(Decoder model, int offset) {
        NDManager owner = torch.scope();
        NDArray embedding = moved(owner, model.embedding(), offset);
        NDList tensors = new NDList(embedding, moved(owner, model.norm(), offset), moved(owner, model.head(), offset));
        for (NDArray tensor : model.weights()) {
            tensors.add(tensor.size() == 0 ? torch.empty(owner) : moved(owner, tensor, offset));
        }
        return Decoder.of(torch, owner, CONFIG, tensors, 64, false);
    }

    private static NDArray moved(NDManager owner, NDArray tensor, int offset) {
        float[] values = tensor.toFloatArray();
        ByteBuffer bytes = ByteBuffer.allocateDirect(offset + 4 * values.length);
        ByteBuffer slice = bytes.position(offset).slice().order(ByteOrder.nativeOrder());
        slice.asFloatBuffer().put(values);
        return owner.create(slice, tensor.getShape(), DataType.FLOAT32);
    }
}
