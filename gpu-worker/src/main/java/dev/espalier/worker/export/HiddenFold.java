package dev.espalier.worker.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Takes masked residual channels out of a model exactly (docs/methods/nuteprune.md, Export). With d' of d channels left
 * the norms' mean is over d', so their scale takes sqrt(d/d') and their epsilon d/d'; soft values h go to the writers
 * of the stream (embedding, o, down), and with a tied head the last norm divides by them again.
 */
public final class HiddenFold {
    private final Torch torch;
    private final int[] kept;
    private final float[] values;
    private final double growth;
    private final boolean identity;

    /** @param gates value of each hidden channel [d]; length 0 or all 1 leaves the model as it is */
    public HiddenFold(Torch torch, double[] gates) {
        this.torch = torch;
        this.kept = IntStream.range(0, gates.length).filter(i -> gates[i] != 0).toArray();
        this.values = new float[kept.length];
        boolean soft = false;
        for (int i = 0; i < kept.length; i++) {
            values[i] = (float) gates[kept[i]];
            soft |= values[i] != 1;
        }
        this.growth = gates.length == 0 ? 1 : (double) gates.length / kept.length;
        this.identity = growth == 1 && !soft;
    }

    /** Hidden size after the fold of a model with hidden size {@code d}. */
    public int hidden(int d) {
        return identity ? d : kept.length;
    }

    /** epsilon of all norms after the fold. */
    public double epsilon(double eps) {
        return eps * growth;
    }

    /** [V,d] -> [V,d'] diag(h). */
    public NDArray embedding(NDManager scope, NDArray weight) {
        return identity ? weight : torch.tensor(scope, "scaled_columns", reader(scope, weight), floats(scope, values));
    }

    /** q, k, v, gate, up, lm_head: [O,d] -> [O,d']. */
    public NDArray reader(NDManager scope, NDArray weight) {
        return identity ? weight : torch.tensor(scope, "columns", weight, indices(scope));
    }

    /**
     * What goes into a norm of its own, whose width stays while its epsilon grows as all others' do: times sqrt(d/d'), by
     * which that norm computes what it computed. [O,d'] or [O], an empty one stays.
     */
    public NDArray normed(NDManager scope, NDArray weight) {
        if (identity || weight.size() == 0) {
            return weight;
        }
        float[] scale = new float
                [Math.toIntExact(weight.getShape().get(weight.getShape().dimension() - 1))];
        Arrays.fill(scale, (float) Math.sqrt(growth));
        return torch.tensor(scope, "scaled_columns", weight, floats(scope, scale));
    }

    /** o, down: [d,F] -> diag(h) [d',F]. */
    public NDArray writer(NDManager scope, NDArray weight) {
        return identity
                ? weight
                : torch.tensor(
                        scope,
                        "scaled_rows",
                        torch.tensor(scope, "rows", weight, indices(scope)),
                        floats(scope, values));
    }

    /** o bias: [d] -> h [d']; an empty one stays. */
    public NDArray bias(NDManager scope, NDArray bias) {
        return identity || bias.size() == 0
                ? bias
                : torch.tensor(
                        scope,
                        "scaled_columns",
                        torch.tensor(scope, "rows", bias, indices(scope)),
                        floats(scope, values));
    }

    /** Norm weight [d] -> [d'] sqrt(d/d'), divided by h if {@code tiedHead}. */
    public NDArray norm(NDManager scope, NDArray weight, boolean tiedHead) {
        if (identity) {
            return weight;
        }
        float[] scale = new float[kept.length];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = (float) (Math.sqrt(growth) / (tiedHead ? values[i] : 1));
        }
        return torch.tensor(
                scope, "scaled_columns", torch.tensor(scope, "rows", weight, indices(scope)), floats(scope, scale));
    }

    private NDArray indices(NDManager scope) {
        return torch.ints(scope, kept, kept.length);
    }

    private NDArray floats(NDManager scope, float[] content) {
        return torch.floats(scope, content, content.length);
    }
}
