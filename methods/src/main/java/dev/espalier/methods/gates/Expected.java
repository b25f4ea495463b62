package dev.espalier.methods.gates;

import dev.espalier.protocol.KeptShares;
import dev.espalier.worker.masks.MaskSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What gates are expected to leave. */
public final class Expected {
    private Expected() {}

    /** @param probabilities of being active */
    public static KeptShares kept(MaskSet probabilities) {
        List<Float> heads = new ArrayList<>();
        List<Float> ffn = new ArrayList<>();
        for (int layer = 0; layer < probabilities.layers(); layer++) {
            heads.add((float) mean(probabilities.heads(layer)));
            ffn.add((float) mean(probabilities.ffn(layer)));
        }
        return new KeptShares(heads, ffn, (float) mean(probabilities.hidden()));
    }

    /** 1 where nothing can go. */
    private static double mean(double[] probabilities) {
        return Arrays.stream(probabilities).average().orElse(1);
    }
}
