package dev.espalier.methods.sheared.work;

import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.metrics.ZScores;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import java.util.Arrays;
import java.util.Optional;

/** Where logits start: all gates open; with scores, those of units that are worth less a little less surely. */
final class StartLogits {
    /** Between the bound and what training reaches in a few steps: scores order the gates, and do not close any. */
    private static final double MIDDLE = 3;

    private StartLogits() {}

    /** @param scores of heads and FFN channels; empty: all alike, at the bound, where the authors' start is clamped to */
    static MaskLogits of(PrunableShape shape, Optional<MaskSet> scores) {
        MaskSet open = shape.filled(HardConcrete.LOGIT_BOUND);
        if (scores.isEmpty()) {
            return MaskLogits.start(open);
        }
        return MaskLogits.start(open.mapRows((row, values) -> {
            switch (row.structure()) {
                case HEADS, FFN -> {
                    double[] logs = Arrays.stream(scores.get().row(row))
                            .map(score -> Math.log(Math.max(score, 1e-30)))
                            .toArray();
                    return Arrays.stream(ZScores.of(logs, 1))
                            .map(z -> Math.max(0, Math.min(HardConcrete.LOGIT_BOUND, MIDDLE + z)))
                            .toArray();
                }
                default -> {
                    return values;
                }
            }
        }));
    }
}
