package dev.espalier.coordinator.merge;

import dev.espalier.protocol.safetensors.Dtype;

/**
 * Whether numbers are finite, by their bits: one whose exponent has only ones is infinite or none. Such an exponent and
 * one more carries into the sign's place, so that a loop without branches looks at all of them.
 */
final class Finite {
    private Finite() {}

    /** Not zero in the uppermost bit if the float of these bits is not finite. */
    static int carry(int bits) {
        return (bits & 0x7fffffff) + 0x00800000;
    }

    static boolean all(int[] bits, int count) {
        int carries = 0;
        for (int i = 0; i < count; i++) {
            carries |= carry(bits[i]);
        }
        return carries >= 0;
    }

    /** @param dtype of the halves: BF16 or F16 */
    static boolean all(short[] bits, int count, Dtype dtype) {
        int one = dtype == Dtype.BF16 ? 0x0080 : 0x0400;
        int carries = 0;
        for (int i = 0; i < count; i++) {
            carries |= (bits[i] & 0x7fff) + one;
        }
        return (carries & 0x8000) == 0;
    }
}
