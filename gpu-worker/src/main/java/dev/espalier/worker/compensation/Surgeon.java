package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Optimal brain surgeon on columns, greedy (compensation.md; ZipLM, OSSCAR, SlimGPT): remove the cheapest units, re-fit
 * the rest, repeat, until each layer has the wanted counts. Small batches late, where mistakes are dear: a batch is
 * 1/192 of the units.
 */
public final class Surgeon implements KeptUnits {
    private static final int BATCHES = 192;

    private final Torch torch;
    private final PrunableShape shape;
    private final UniformShape end;
    private final double damping;

    public Surgeon(Torch torch, PrunableShape shape, UniformShape end, double damping) {
        this.torch = torch;
        this.shape = shape;
        this.end = end;
        this.damping = damping;
    }

    @Override
    public Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram) {
        if (!shape.masks(Granularity.HEADS)) {
            return Choice.all(shape.headUnits());
        }
        return remove(scope, weight, gram, HeadUnits.columns(shape), shape.headUnits() - end.headUnits(shape));
    }

    @Override
    public Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram) {
        if (!shape.masks(Granularity.FFN)) {
            return Choice.all(shape.intermediate());
        }
        return remove(scope, weight, gram, Magnitude.channels(shape), shape.intermediate() - end.intermediate());
    }

    @Override
    public boolean needsGram() {
        return true;
    }

    private Choice remove(NDManager scope, NDArray weight, NDArray gram, int[][] units, int count) {
        if (count == 0) {
            return Choice.all(units.length);
        }
        NDList out = torch.call(
                scope,
                "surgeon",
                weight,
                gram,
                damping,
                UnitTensors.of(torch, scope, units),
                count,
                Math.max(1, units.length / BATCHES));
        boolean[] gone = new boolean[units.length];
        for (long unit : out.get(1).toLongArray()) {
            gone[(int) unit] = true;
        }
        int[] kept = IntStream.range(0, units.length).filter(i -> !gone[i]).toArray();
        float[] ones = new float[kept.length];
        Arrays.fill(ones, 1);
        return new Choice(kept, ones, out.get(0));
    }
}
