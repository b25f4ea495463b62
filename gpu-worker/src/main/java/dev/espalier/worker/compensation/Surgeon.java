package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.DepthGates;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Optimal brain surgeon on columns, greedy (docs/methods/closed-form.md; ZipLM, OSSCAR, SlimGPT): remove the cheapest
 * units, re-fit the rest, repeat, until each layer has the wanted counts. What was learnt about the units besides may
 * scale their costs. Small batches late, where mistakes are dear: a batch is 1/192 of the units.
 */
public final class Surgeon implements KeptUnits {
    private static final int BATCHES = 192;

    private final Torch torch;
    private final PrunableShape shape;
    private final MaskSet counts;
    private final MaskSet factors;
    private final double damping;

    /** Costs as they are. */
    public Surgeon(Torch torch, PrunableShape shape, MaskSet counts, double damping) {
        this(torch, shape, counts, shape.filled(1), damping);
    }

    /**
     * @param counts gates that are 0 in as many units of each layer as shall go, whichever these are
     * @param factors of the units' costs
     * @param damping ridge, as a share of the mean diagonal of the Gram matrix
     */
    public Surgeon(Torch torch, PrunableShape shape, MaskSet counts, MaskSet factors, double damping) {
        this.torch = torch;
        this.shape = shape;
        this.counts = DepthGates.onUnits(shape, counts);
        this.factors = factors;
        this.damping = damping;
    }

    @Override
    public Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return remove(scope, weight, gram, UnitColumns.heads(shape), factors.heads(layer), zeros(counts.heads(layer)));
    }

    @Override
    public Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return remove(scope, weight, gram, UnitColumns.ffn(shape), factors.ffn(layer), zeros(counts.ffn(layer)));
    }

    @Override
    public boolean needsGram() {
        return true;
    }

    private static int zeros(double[] gates) {
        return (int) Arrays.stream(gates).filter(gate -> gate == 0).count();
    }

    private Choice remove(
            NDManager scope, NDArray weight, NDArray gram, UnitColumns units, double[] costFactors, int count) {
        if (count == 0) {
            return Choice.all(units.units());
        } else if (count == units.units()) {
            return Choice.NONE;
        }
        NDList out = torch.call(
                scope,
                "surgeon",
                weight,
                gram,
                damping,
                units.tensor(torch, scope),
                factors(scope, costFactors),
                count,
                Math.max(1, units.units() / BATCHES));
        return chosen(units.units(), out);
    }

    private NDArray factors(NDManager scope, double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return torch.floats(scope, floats, floats.length);
    }

    /** @param out what the kernel returned: the re-fitted weight, and the units that are gone */
    private static Choice chosen(int units, NDList out) {
        boolean[] gone = new boolean[units];
        for (long unit : out.get(1).toLongArray()) {
            gone[(int) unit] = true;
        }
        int[] kept = IntStream.range(0, units).filter(i -> !gone[i]).toArray();
        float[] ones = new float[kept.length];
        Arrays.fill(ones, 1);
        return new Choice(kept, ones, out.get(0));
    }
}
