package dev.espalier.worker.export;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Variant;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/** A decoder with LoRA folded into its weights, as a Hugging Face folder. */
public final class HfExport {
    /** The file that tells a model's shape. */
    public static final String CONFIG = "config.json";

    private HfExport() {}

    /**
     * @param variant its factors are folded in; it must have no masks
     * @param source where the tokenizer and other {@link CompanionFiles} are
     * @param done hears of 0 layers before anything is touched, and of each; may throw
     * @return the files written
     */
    public static List<Path> write(
            Decoder model, Variant variant, Path source, Path target, Dtype dtype, IntConsumer done) {
        done.accept(0);
        try (ModelWriter writer = new ModelWriter(model.torch(), target, model.config(), dtype)) {
            for (int layer = 0; layer < model.config().layers().size(); layer++) {
                try (NDManager step = model.torch().scope()) {
                    NDList tensors = LayerTensors.folded(step, model, variant, layer);
                    writer.layer(layer, tensors);
                }
                done.accept(layer + 1);
            }
            writer.top(model.embedding(), model.norm(), model.head());
            return writer.finish(source);
        }
    }
}
