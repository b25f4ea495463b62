package dev.espalier.methods.policygradient.work;

import java.nio.IntBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The intact model's losses on sequences that it has met: it does not change, so text that comes again costs no pass. Those met
 * longest ago are forgotten first.
 */
final class IntactLosses {
    /** Tokens of the sequences that are remembered: 16 MiB. */
    static final int MOST_TOKENS = 1 << 22;

    private final Map<IntBuffer, Float> losses = new LinkedHashMap<>(16, 0.75f, true);
    private final int most;
    private int tokens;

    /** @param most tokens of all sequences that are remembered */
    IntactLosses(int most) {
        this.most = most;
    }

    /** How a loss is measured. */
    interface Measure {
        float of(int[] row);
    }

    /** @param row of tokens, which must not change afterwards */
    float of(int[] row, Measure measure) {
        IntBuffer key = IntBuffer.wrap(row);
        Float known = losses.get(key);
        if (known != null) {
            return known;
        }
        float measured = measure.of(row);
        losses.put(key, measured);
        tokens += row.length;
        Iterator<IntBuffer> oldest = losses.keySet().iterator();
        while (tokens > most) {
            tokens -= oldest.next().remaining();
            oldest.remove();
        }
        return measured;
    }
}
