package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.DepthGates;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
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
    private final Optional<Curvature> curvature;
    private final double damping;

    /** Costs as they are. */
    public Surgeon(Torch torch, PrunableShape shape, MaskSet counts, double damping) {
        this(torch, shape, counts, shape.filled(1), Optional.empty(), damping);
    }

    /**
     * @param counts gates that are 0 in as many units of each layer as shall go, whichever these are
     * @param factors of the units' costs
     * @param curvature by which errors count; empty: their squares do. Belongs to the caller
     * @param damping ridge, as a share of the mean diagonal of the Gram matrix
     */
    public Surgeon(
            Torch torch,
            PrunableShape shape,
            MaskSet counts,
            MaskSet factors,
            Optional<Curvature> curvature,
            double damping) {
        this.torch = torch;
        this.shape = shape;
        this.counts = DepthGates.onUnits(shape, counts);
        this.factors = factors;
        this.curvature = curvature;
        this.damping = damping;
    }

    @Override
    public Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram) {
        UnitColumns units = UnitColumns.heads(shape);
        return remove(scope, layer, weight, gram, units, factors.heads(layer), zeros(counts.heads(layer)));
    }

    @Override
    public Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram) {
        UnitColumns units = UnitColumns.ffn(shape);
        return remove(scope, layer, weight, gram, units, factors.ffn(layer), zeros(counts.ffn(layer)));
    }

    @Override
    public OptionalDouble damping() {
        return OptionalDouble.of(damping);
    }

    /**
     * The units of a sub-block in the order in which they would go.
     *
     * @param row of heads or of channels
     * @param count how many go, at most all but one
     */
    public int[] order(NDManager scope, Row row, NDArray weight, NDArray gram, int count) {
        if (count == 0) {
            return new int[0];
        }
        UnitColumns units = row.structure() == Structure.HEADS ? UnitColumns.heads(shape) : UnitColumns.ffn(shape);
        NDList out = removed(scope, row.layer(), weight, gram, units, factors.row(row), count);
        return Arrays.stream(out.get(1).toLongArray())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** The weight [O,F] re-fitted without these units, whose columns are 0. */
    public NDArray without(NDManager scope, UnitColumns units, int[] gone, NDArray weight, NDArray gram) {
        Set<Integer> set = Arrays.stream(gone).boxed().collect(Collectors.toSet());
        int[] kept = units.of(IntStream.range(0, units.units())
                .filter(unit -> !set.contains(unit))
                .toArray());
        return torch.tensor(scope, "refit", weight, gram, torch.ints(scope, kept, kept.length), damping);
    }

    private static int zeros(double[] gates) {
        return (int) Arrays.stream(gates).filter(gate -> gate == 0).count();
    }

    private Choice remove(
            NDManager scope,
            int layer,
            NDArray weight,
            NDArray gram,
            UnitColumns units,
            double[] costFactors,
            int count) {
        if (count == 0) {
            return Choice.all(units.units());
        } else if (count == units.units()) {
            return Choice.NONE;
        }
        return chosen(units.units(), removed(scope, layer, weight, gram, units, costFactors, count));
    }

    /** [weight without the units, units in order]. */
    private NDList removed(
            NDManager scope,
            int layer,
            NDArray weight,
            NDArray gram,
            UnitColumns units,
            double[] costFactors,
            int count) {
        return torch.call(
                scope,
                "surgeon",
                weight,
                gram,
                damping,
                units.tensor(torch, scope),
                factors(scope, costFactors),
                curvature.map(of -> of.factor(layer)).orElseGet(() -> torch.empty(scope)),
                count,
                Math.max(1, units.units() / BATCHES));
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
