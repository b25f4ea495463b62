package dev.espalier.worker.gguf;

import dev.espalier.worker.checkpoint.LayerAttention;
import dev.espalier.worker.checkpoint.LayerAttention.Rotation;
import java.util.List;

/**
 * What one of llama.cpp's architectures does in which layer, whatever a file says.
 *
 * @param period each so many-th layer is another than those before it
 * @param usual how the others turn queries and keys
 * @param other how that one does
 * @param windows whether the others have a sliding window
 */
record LayerPattern(int period, Rotation usual, Rotation other, boolean windows) {
    static final LayerPattern NONE = new LayerPattern(1, Rotation.MAIN, Rotation.MAIN, false);

    /** Whether a model's written layers turn queries and keys so. */
    boolean turns(List<LayerAttention> layers) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).rotation() != (isUsual(i) ? usual : other)) {
                return false;
            }
        }
        return true;
    }

    /** Whether they have just these windows. */
    boolean slides(List<LayerAttention> layers, int window) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).window() != (windows && isUsual(i) ? window : 0)) {
                return false;
            }
        }
        return true;
    }

    private boolean isUsual(int layer) {
        return (layer + 1) % period != 0;
    }
}
