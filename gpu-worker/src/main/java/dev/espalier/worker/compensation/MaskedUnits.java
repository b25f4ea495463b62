package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.masks.DepthGates;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Units that masks, chosen by whichever method, leave: every unit whose gate is not 0. */
public final class MaskedUnits implements KeptUnits {
    private final PrunableShape shape;
    private final MaskSet gates;

    public MaskedUnits(PrunableShape shape, MaskSet gates) {
        this.shape = shape;
        this.gates = DepthGates.onUnits(shape, gates);
    }

    @Override
    public Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return choice(gates.heads(layer), shape.headUnits());
    }

    @Override
    public Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return choice(gates.ffn(layer), shape.intermediate());
    }

    @Override
    public OptionalDouble damping() {
        return OptionalDouble.empty();
    }

    private static Choice choice(double[] row, int count) {
        if (row.length == 0) {
            return Choice.all(count);
        }
        int[] units = IntStream.range(0, count).filter(i -> row[i] != 0).toArray();
        float[] values = new float[units.length];
        for (int i = 0; i < units.length; i++) {
            values[i] = (float) row[units[i]];
        }
        return new Choice(units, values, null);
    }
}
