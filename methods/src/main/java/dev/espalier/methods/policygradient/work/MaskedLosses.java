package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.masked.work.MaskLoss;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.Reward;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.model.Decoder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Losses of the one intact model under masks: plain forward passes, at the price of what the masks leave open.
 *
 * @param known of the intact model, which meets the same text again
 */
record MaskedLosses(Decoder model, Units units, Distribution.Course course, IntactLosses known) {

    /** Of the masks that the distribution draws in a step, and of the intact model if they are held against it. */
    Losses.OfStep of(Distribution distribution, int step, int[][] rows) {
        MaskLoss loss = new MaskLoss(model, units.shape());
        float[] masks = masks(loss, distribution, step, rows);
        float[] intact = new float[course.settings().measuresIntact() ? rows.length : 0];
        for (int row = 0; row < intact.length; row++) {
            intact[row] = known.of(rows[row], text -> loss.intact(new int[][] {text}));
        }
        return new Losses.OfStep(masks, intact);
    }

    private float[] masks(MaskLoss loss, Distribution distribution, int step, int[][] rows) {
        List<MaskSet> drawn = IntStream.range(0, course.settings().samples(rows.length))
                .mapToObj(sample -> gates(distribution.mask(course, step, sample), distribution))
                .toList();
        if (course.settings().faithful()) {
            return ofAll(loss, drawn, rows);
        }
        int each = course.settings().masks();
        if (course.settings().reward() == Reward.LOSS) {
            return loss.each(
                    drawn,
                    IntStream.range(0, drawn.size())
                            .mapToObj(sample -> rows[sample / each])
                            .toArray(int[][]::new));
        }
        float[] divergences = new float[drawn.size()];
        for (int first = 0; first < divergences.length; first += each) {
            int[][] text = {rows[first / each]};
            System.arraycopy(loss.divergences(drawn.subList(first, first + each), text), 0, divergences, first, each);
        }
        return divergences;
    }

    /** Of masks that all lie over all sequences. */
    private static float[] ofAll(MaskLoss loss, List<MaskSet> drawn, int[][] rows) {
        float[] losses = new float[drawn.size()];
        for (int mask = 0; mask < losses.length; mask++) {
            losses[mask] = loss.under(drawn.get(mask), rows);
        }
        return losses;
    }

    private MaskSet gates(boolean[] mask, Distribution distribution) {
        return units.spread(distribution.layout(), (unit, place, size) -> mask[unit] ? 1 : 0);
    }
}
