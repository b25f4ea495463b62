package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.torch.Torch;
import java.util.OptionalDouble;

/**
 * Units that another choice leaves, with o_proj and down_proj re-fitted to give what they gave with all their columns
 * (docs/methods/closed-form.md, last row of the table). For hard masks: a soft gate changes the inputs that the re-fit
 * starts from.
 */
public final class RefittedUnits implements KeptUnits {
    private final KeptUnits choice;
    private final Torch torch;
    private final PrunableShape shape;
    private final double damping;

    /** @param damping ridge, as a share of the mean diagonal of the Gram matrix */
    public RefittedUnits(KeptUnits choice, Torch torch, PrunableShape shape, double damping) {
        this.choice = choice;
        this.torch = torch;
        this.shape = shape;
        this.damping = damping;
    }

    @Override
    public Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return refitted(scope, choice.heads(scope, layer, weight, gram), UnitColumns.heads(shape), weight, gram);
    }

    @Override
    public Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram) {
        return refitted(scope, choice.channels(scope, layer, weight, gram), UnitColumns.ffn(shape), weight, gram);
    }

    @Override
    public OptionalDouble damping() {
        return OptionalDouble.of(damping);
    }

    private Choice refitted(NDManager scope, Choice chosen, UnitColumns units, NDArray weight, NDArray gram) {
        if (chosen.soft()) {
            throw new IllegalArgumentException("soft gates cannot be re-fitted");
        }
        if (chosen.units().length == units.units() || chosen.units().length == 0) {
            return chosen;
        }
        int[] columns = units.of(chosen.units());
        NDArray kept = torch.ints(scope, columns, columns.length);
        return new Choice(chosen.units(), chosen.values(), torch.tensor(scope, "refit", weight, gram, kept, damping));
    }
}
