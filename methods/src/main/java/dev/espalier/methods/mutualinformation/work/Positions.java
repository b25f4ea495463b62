package dev.espalier.methods.mutualinformation.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.torch.Torch;

/** The inputs at some positions [P,F], as many of each sequence, evenly spread; each takes F floats. */
enum Positions implements Statistic {
    /** Enough for a correlation to err by some hundredths. */
    MANY(2048),

    /** Enough for kernels, which take P^2 numbers for each pair. */
    FEW(MutualInformationKeys.LEAST_POSITIONS);

    /** Sequences that each give one of {@link #FEW}: four million numbers for a pair. */
    private static final int MOST = 2048;

    private final int enough;

    Positions(int enough) {
        this.enough = enough;
    }

    /** @throws UserError if kernels would take more memory than anyone has, before any text is read for them */
    @Override
    public NDArray start(NDManager scope, int inputs, Text text) {
        if (this == FEW && text.sequences() > MOST) {
            throw new UserError(
                    "kernels take the square of one position of each sequence, of which calibrate.tokens makes "
                            + text.sequences() + ", where " + MOST + " are the most: lower it, or set"
                            + " prune.mutual-information.faithful = false");
        }
        return scope.zeros(new Shape((long) text.sequences() * each(text), inputs), DataType.FLOAT32);
    }

    /** Positions of a sequence. */
    private int each(Text text) {
        return Math.min(text.length(), (enough + text.sequences() - 1) / text.sequences());
    }

    @Override
    public void add(Torch torch, NDManager step, NDArray kept, Tokens tokens) {
        int each = each(tokens.text());
        int length = tokens.text().length();
        int[] at = new int[tokens.sequences() * each];
        for (int i = 0; i < at.length; i++) {
            at[i] = i / each * length + (int) ((long) (i % each) * length / each);
        }
        torch.tensor(
                step, "positions_add", kept, tokens.inputs(), torch.ints(step, at, at.length), tokens.first() * each);
    }

    /**
     * Those of a sub-block [P,F].
     *
     * @throws UserError if there are too few to estimate information from
     */
    NDArray of(Metric.SubBlock block) {
        NDArray kept = block.found(this);
        long positions = kept.getShape().get(0);
        if (positions < MutualInformationKeys.LEAST_POSITIONS) {
            throw new UserError("the calibration text has " + positions + " positions, and mutual information needs "
                    + MutualInformationKeys.LEAST_POSITIONS
                    + ": raise calibrate.tokens, and give more text if data.train has no more");
        }
        return kept;
    }
}
