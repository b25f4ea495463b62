package dev.espalier.worker.model;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** The tensors of one layer. */
public final class LayerTensors {
    private LayerTensors() {}

    /** A layer's {@link TensorNames#STRIDE} tensors in kernel order, W + scale B A in place of W where there is LoRA. */
    public static NDList merged(NDManager scope, Decoder model, Variant variant, int layer) {
        int from = layer * TensorNames.STRIDE;
        NDList tensors = new NDList(model.weights().subList(from, from + TensorNames.STRIDE));
        if (variant.lora().isEmpty()) {
            return tensors;
        }
        for (int p = 0; p < TensorNames.PROJECTIONS.size(); p++) {
            int at = layer * TensorNames.LORA_STRIDE + 2 * p;
            if (variant.lora().get(at).size() > 0) {
                int slot = TensorNames.slot(p);
                tensors.set(
                        slot,
                        model.torch()
                                .tensor(
                                        scope,
                                        "merged",
                                        tensors.get(slot),
                                        variant.lora().get(at),
                                        variant.lora().get(at + 1),
                                        variant.scale()));
            }
        }
        return tensors;
    }
}
