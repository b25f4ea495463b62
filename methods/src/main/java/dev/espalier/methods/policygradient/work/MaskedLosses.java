package dev.espalier.methods.policygradient.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.policygradient.Losses;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.TokenTensors;

/** Losses of the one intact model under masks: plain forward passes, at the price of what the masks leave open. */
record MaskedLosses(Decoder model, Units units, Distribution.Course course) {
    private static final MaskSet NO_MASK = null;

    /** Of the masks that the distribution draws in a step, and of the intact model if they are held against it. */
    Losses.OfStep of(Distribution distribution, int step, int[][] rows) {
        boolean shared = course.settings().faithful();
        float[] masks = new float[course.settings().samples(rows.length)];
        for (int sample = 0; sample < masks.length; sample++) {
            boolean[] mask = distribution.mask(course.seed(), step, sample);
            MaskSet gates = units.spread(distribution.layout(), (unit, place, size) -> mask[unit] ? 1 : 0);
            int[][] text =
                    shared ? rows : new int[][] {rows[sample / course.settings().masks()]};
            masks[sample] = loss(text, gates);
        }
        float[] intact = new float[course.settings().measuresIntact() ? rows.length : 0];
        for (int row = 0; row < intact.length; row++) {
            intact[row] = loss(new int[][] {rows[row]}, NO_MASK);
        }
        return new Losses.OfStep(masks, intact);
    }

    /** Mean cross-entropy of a predicted token, nats. @param rows [B][S] of any one length */
    float loss(int[][] rows, MaskSet gates) {
        try (NDManager scope = model.torch().scope()) {
            NDArray ids = TokenTensors.ids(model.torch(), scope, rows);
            NDArray labels = TokenTensors.nextTokens(model.torch(), scope, rows);
            Variant variant = gates == NO_MASK
                    ? Variant.INTACT
                    : new Variant(MaskTensors.upload(model.torch(), scope, gates, units.shape()), new NDList(), 0);
            double sum = 0;
            for (float nll : model.tokenNll(scope, ids, labels, variant).toFloatArray()) {
                sum += nll;
            }
            return (float) (sum / (rows.length * (rows[0].length - 1.0)));
        }
    }
}
