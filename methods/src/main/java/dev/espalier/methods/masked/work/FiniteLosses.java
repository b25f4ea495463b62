package dev.espalier.methods.masked.work;

import dev.espalier.methods.masked.Losses;
import dev.espalier.protocol.UserError;

/** Ends a leg of which step after step has no loss that is a number: nothing would be learnt, and nobody told. */
public final class FiniteLosses {
    private static final int MOST = 10;

    private int without;

    /** @throws UserError if this is one of several steps in a row without a loss */
    public void see(Losses.OfStep losses) {
        without = Double.isNaN(losses.mean()) ? without + 1 : 0;
        if (without >= MOST) {
            throw new UserError(
                    "no loss of " + MOST + " steps in a row is a number: either none of the text is learnt from"
                            + " (of conversations only answers are; data.sequence-length may cut them off), or the model computes"
                            + " none (look at it with `espalier evaluate`, or set model.dtype = f32)");
        }
    }
}
