package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** The tensors of one layer. */
public final class LayerTensors {
    private LayerTensors() {}

    /** A layer's tensors by {@link Slot}, W + scale B A in place of W where there is LoRA. */
    public static NDList folded(NDManager scope, Decoder model, Variant variant, int layer) {
        int from = layer * Slot.STRIDE;
        NDList tensors = new NDList(model.weights().subList(from, from + Slot.STRIDE));
        if (variant.lora().isEmpty()) {
            return tensors;
        }
        int at = 2 * layer * Slot.PROJECTIONS.size();
        for (Slot slot : Slot.PROJECTIONS) {
            NDArray a = variant.lora().get(at++);
            NDArray b = variant.lora().get(at++);
            if (a.size() > 0) {
                slot.set(tensors, model.torch().tensor(scope, "folded", slot.of(tensors), a, b, variant.scale()));
            }
        }
        return tensors;
    }
}
