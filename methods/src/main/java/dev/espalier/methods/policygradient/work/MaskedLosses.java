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
        int each = course.settings().masks();
        float[] masks = new float[course.settings().samples(rows.length)];
        for (int first = 0; first < masks.length; first += each) {
            List<MaskSet> drawn = IntStream.range(first, first + each)
                    .mapToObj(sample -> gates(distribution.mask(course, step, sample), distribution))
                    .toList();
            int[][] text = course.settings().faithful() ? rows : new int[][] {rows[first / each]};
            System.arraycopy(under(loss, drawn, text), 0, masks, first, each);
        }
        float[] intact = new float[course.settings().measuresIntact() ? rows.length : 0];
        for (int row = 0; row < intact.length; row++) {
            intact[row] = known.of(rows[row], text -> loss.intact(new int[][] {text}));
        }
        return new Losses.OfStep(masks, intact);
    }

    private MaskSet gates(boolean[] mask, Distribution distribution) {
        return units.spread(distribution.layout(), (unit, place, size) -> mask[unit] ? 1 : 0);
    }

    private float[] under(MaskLoss loss, List<MaskSet> drawn, int[][] text) {
        if (course.settings().reward() == Reward.KL) {
            return loss.divergences(drawn, text);
        }
        float[] losses = new float[drawn.size()];
        for (int mask = 0; mask < losses.length; mask++) {
            losses[mask] = loss.under(drawn.get(mask), text);
        }
        return losses;
    }
}
