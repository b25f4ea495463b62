package dev.espalier.worker.checkpoint;

import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An output head that config.json ties to the embedding, and what the weights hold of the two, by the rules of
 * transformers 5 ({@code PreTrainedModel.tie_weights}): if only one is stored it serves as both; if both are and they
 * differ, config.json is wrong and they are not tied.
 */
final class TiedHead {
    private static final Logger LOG = LoggerFactory.getLogger(TiedHead.class);
    private static final int PIECE = 1 << 20;

    private TiedHead() {}

    /** The config as its weights have it. */
    static LlamaConfig asStored(LlamaConfig config, SafetensorsReader weights) {
        if (!config.tiedEmbeddings()
                || !weights.names().contains(WeightShapes.EMBEDDING)
                || !weights.names().contains(WeightShapes.HEAD)
                || equal(weights, weights.info(WeightShapes.EMBEDDING), weights.info(WeightShapes.HEAD))) {
            return config;
        }
        LOG.warn(
                "config.json ties {} to {}, but {} holds both with different numbers: they are not tied; set"
                        + " tie_word_embeddings to false",
                WeightShapes.HEAD,
                WeightShapes.EMBEDDING,
                weights.info(WeightShapes.HEAD).file());
        return config.untied();
    }

    /** The name under which the weights hold a tensor. */
    static String storedName(LlamaConfig config, SafetensorsReader weights, String name) {
        boolean headAlone = config.tiedEmbeddings()
                && name.equals(WeightShapes.EMBEDDING)
                && !weights.names().contains(name)
                && weights.names().contains(WeightShapes.HEAD);
        return headAlone ? WeightShapes.HEAD : name;
    }

    private static boolean equal(SafetensorsReader weights, TensorInfo one, TensorInfo other) {
        if (!Arrays.equals(one.shape(), other.shape())
                || !one.dtype().isWeight()
                || !other.dtype().isWeight()) {
            return false;
        }
        for (long from = 0; from < one.elements(); from += PIECE) {
            int count = (int) Math.min(PIECE, one.elements() - from);
            FloatBuffer ones = piece(weights, one, from, count);
            FloatBuffer others = piece(weights, other, from, count);
            // compares numbers: the two zeros are equal
            if (!ones.equals(others)) {
                return false;
            }
        }
        return true;
    }

    private static FloatBuffer piece(SafetensorsReader weights, TensorInfo tensor, long from, int count) {
        FloatBuffer piece = FloatBuffer.allocate(count);
        weights.readFloats(tensor.name(), from, count, piece);
        return piece.flip();
    }
}
