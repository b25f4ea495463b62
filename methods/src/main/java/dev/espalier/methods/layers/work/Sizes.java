package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.GradientPass;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;

/** How much all tensors of a layer together are (arXiv 2402.02834, without what it never lets go). */
final class Sizes {
    private Sizes() {}

    /**
     * Sum of |w g|, g the gradient of the mean cross-entropy [L].
     *
     * @param rows sequences of one length
     * @throws dev.espalier.protocol.UserError if a loss is not finite
     */
    static double[] taylor(Decoder model, int[][] rows) {
        double[] sizes = new double[model.config().layers().size()];
        new GradientPass(model)
                .run(
                        rows,
                        false,
                        (step, layer, gradients) -> sizes[layer] = size(model, step, layer, gradients.means()),
                        () -> {});
        return sizes;
    }

    /** Sum of |w| [L]. */
    static double[] magnitude(Decoder model) {
        double[] sizes = new double[model.config().layers().size()];
        for (int layer = 0; layer < sizes.length; layer++) {
            try (NDManager step = model.torch().scope()) {
                sizes[layer] = size(model, step, layer, new NDList());
            }
        }
        return sizes;
    }

    /** @param factors by slot, or none */
    private static double size(Decoder model, NDManager step, int layer, NDList factors) {
        NDList weights = new NDList();
        NDList used = new NDList();
        for (Slot slot : Slot.STORED) {
            weights.add(model.weights().get(slot.at(layer)));
            if (!factors.isEmpty()) {
                used.add(slot.of(factors));
            }
        }
        return model.torch().tensor(step, "depth_size", weights, used).toDoubleArray()[0];
    }
}
