package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.worker.torch.Torch;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter 2019) over a list of tensors, one native call a step. Moments and step counts are plain tensors, so that they can be saved and restored
 * exactly.
 */
public final class AdamW {
    public record Settings(double beta1, double beta2, double epsilon, double decay) {
        Settings withoutDecay() {
            return new Settings(beta1, beta2, epsilon, 0);
        }
    }

    private final Torch torch;
    private final Settings settings;
    private final NDList parameters;
    private final NDList first;
    private final NDList second;
    private final NDList steps;

    /** Fresh moments for {@code parameters}, owned by {@code owner}; empty tensors are not allowed. */
    public AdamW(Torch torch, NDManager owner, NDList parameters, Settings settings) {
        this.torch = torch;
        this.settings = settings;
        this.parameters = parameters;
        first = new NDList();
        second = new NDList();
        steps = new NDList();
        for (NDArray parameter : parameters) {
            first.add(owner.zeros(parameter.getShape(), DataType.FLOAT32));
            second.add(owner.zeros(parameter.getShape(), DataType.FLOAT32));
            steps.add(torch.floats(owner, new float[1]));
        }
    }

    /**
     * Scales gradients in place so that their global norm is at most {@code max}.
     *
     * @return the norm before; if it is not finite nothing useful is left of the gradients
     */
    public static double clip(Torch torch, NDManager scope, NDList gradients, double max) {
        return torch.tensor(scope, "clip", gradients, max).getFloat();
    }

    /** One step with gradients like the parameters. */
    public void step(NDManager scope, NDList gradients, double learningRate) {
        torch.tensor(
                scope,
                "adamw",
                parameters,
                gradients,
                first,
                second,
                steps,
                learningRate,
                settings.beta1(),
                settings.beta2(),
                settings.decay(),
                settings.epsilon());
    }

    /** First moments, like the parameters. */
    public NDList first() {
        return first;
    }

    /** Second moments, like the parameters. */
    public NDList second() {
        return second;
    }

    /** Steps taken so far. */
    public int steps() {
        return steps.isEmpty() ? 0 : (int) steps.get(0).getFloat();
    }

    /** Continues a saved optimizer, whose moments the caller has copied into {@link #first} and {@link #second}. */
    public void restoreSteps(long taken) {
        for (NDArray count : steps) {
            try (NDManager scope = torch.scope()) {
                torch.tensor(scope, "copy_into", count, torch.floats(scope, new float[] {taken}));
            }
        }
    }
}
