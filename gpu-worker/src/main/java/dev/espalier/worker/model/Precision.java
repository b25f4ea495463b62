package dev.espalier.worker.model;

import java.util.Locale;

/**
 * Type of the projections' weights and of what is multiplied by them. Embedding, norms, head, masks, LoRA, sums and losses
 * are float32 in any case.
 */
public enum Precision {
    F32(Float.BYTES),
    BF16(Short.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** Of one weight. */
    public int bytes() {
        return bytes;
    }

    /** @param dtype {@code f32} or {@code bf16} */
    public static Precision of(String dtype) {
        return valueOf(dtype.toUpperCase(Locale.ROOT));
    }
}
