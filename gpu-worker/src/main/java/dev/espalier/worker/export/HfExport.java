package dev.espalier.worker.export;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Variant;
import java.nio.file.Path;
import java.util.function.IntConsumer;

/** A decoder with LoRA folded into its weights, as a Hugging Face folder. */
public final class HfExport {
    private HfExport() {}

    /**
     * @param variant its factors are folded in; it must have no masks
     * @param source where the tokenizer and other {@link CompanionFiles} are
     */
    public static void write(Decoder model, Variant variant, Path source, Path target, Dtype dtype, IntConsumer done) {
        try (ModelWriter writer = new ModelWriter(model.torch(), target, model.config(), dtype)) {
            for (int layer = 0; layer < model.config().layers().size(); layer++) {
                try (NDManager step = model.torch().scope()) {
                    NDList tensors = LayerTensors.folded(step, model, variant, layer);
                    writer.layer(layer, tensors);
                }
                done.accept(layer + 1);
            }
            writer.top(model.embedding(), model.norm(), model.head());
            writer.finish(source);
        }
    }
}
