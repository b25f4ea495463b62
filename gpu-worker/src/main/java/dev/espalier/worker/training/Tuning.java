package dev.espalier.worker.training;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;

/** A student whose shape is fixed: factors laid over a model's weights, or these weights themselves. */
public interface Tuning extends Trainables {
    /** What makes of the model the student. */
    Variant variant();

    /** Which gradients of the model's own weights a step needs. */
    Gradients own();

    /**
     * One optimizer step with clipped gradients, unless they are not finite.
     *
     * @param gradients of the variant, with those of the weights if it changes them
     * @return the global gradient norm before clipping
     */
    double step(NDManager scope, TrainingPass.Step gradients, double learningRate);
}
