package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.espalier.worker.model.Slot;

/**
 * A layer's tensors, and the gradients of the mean cross-entropy of some sequences, each by {@link Slot} and in the shape
 * of its tensor.
 *
 * @param weights of all slots
 * @param means of all sequences' gradients; empty tensors of slots that are no weights
 * @param squares means of the squares of each sequence's gradient, in the same way; an empty list if nobody asked
 * @param headSize channels of a head
 */
public record LayerGradients(NDList weights, NDList means, NDList squares, int headSize) {
    public NDArray weight(Slot slot) {
        return slot.of(weights);
    }

    public NDArray mean(Slot slot) {
        return slot.of(means);
    }

    /** The diagonal of the empirical Fisher information. */
    public NDArray square(Slot slot) {
        return slot.of(squares);
    }
}
