package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.masked.work.MaskLoss;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.model.Decoder;

/** Losses of the one intact model under masks: plain forward passes, at the price of what the masks leave open. */
record MaskedLosses(Decoder model, Units units, Distribution.Course course) {

    /** Of the masks that the distribution draws in a step, and of the intact model if they are held against it. */
    Losses.OfStep of(Distribution distribution, int step, int[][] rows) {
        MaskLoss loss = new MaskLoss(model, units.shape());
        boolean shared = course.settings().faithful();
        float[] masks = new float[course.settings().samples(rows.length)];
        for (int sample = 0; sample < masks.length; sample++) {
            boolean[] mask = distribution.mask(course.seed(), step, sample);
            MaskSet gates = units.spread(distribution.layout(), (unit, place, size) -> mask[unit] ? 1 : 0);
            int[][] text =
                    shared ? rows : new int[][] {rows[sample / course.settings().masks()]};
            masks[sample] = loss.under(gates, text);
        }
        float[] intact = new float[course.settings().measuresIntact() ? rows.length : 0];
        for (int row = 0; row < intact.length; row++) {
            intact[row] = loss.intact(new int[][] {rows[row]});
        }
        return new Losses.OfStep(masks, intact);
    }
}
