package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.torch.Torch;

/**
 * What the gradients of a text's loss tell about the units of a sub-block, if a metric asks for it. Whoever needs another
 * one brings it along.
 */
public interface GradientStatistic {
    /** Whether it is also made of {@link LayerGradients#square}, which is as large again. */
    boolean needsSquares();

    /**
     * Found as soon as a layer's gradients are there, and kept until the layer's units are scored: a few numbers a unit.
     *
     * @param step owns what is computed, also what is returned
     * @param structure HEADS for the attention, FFN for the rest of the layer
     */
    NDArray of(Torch torch, NDManager step, Structure structure, LayerGradients layer);
}
