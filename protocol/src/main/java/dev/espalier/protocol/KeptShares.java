package dev.espalier.protocol;

import java.util.List;

/**
 * What a student is expected to keep while that is still being learned: the mean probability of being kept, 0..1.
 *
 * @param heads of each layer's heads or KV groups; 1 where none can go
 * @param ffn of each layer's FFN channels; 1 where none can go
 * @param hidden of the hidden channels; 1 if none can go
 */
public record KeptShares(List<Float> heads, List<Float> ffn, float hidden) {
    public KeptShares {
        heads = List.copyOf(heads);
        ffn = List.copyOf(ffn);
    }
}
