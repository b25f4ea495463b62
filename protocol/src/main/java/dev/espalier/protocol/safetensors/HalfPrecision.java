package dev.espalier.protocol.safetensors;

/** Conversions between fp32 and the two 16-bit formats, exact when widening, to nearest even when narrowing. */
public final class HalfPrecision {
    private HalfPrecision() {}

    /** BF16 is the upper half of an fp32. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to nearest even; NaN stays NaN (quiet), overflow becomes infinity as IEEE 754 wants. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        int roundUp = 0x7fff + ((bits >>> 16) & 1);
        return (short) ((bits + roundUp) >>> 16);
    }

    /**
     * The number of 8 significant bits above or below, the nearer one the more often, so that the mean over noise is the
     * number itself: what changes by less than a bit at a time still moves. Zero and exact numbers stay.
     *
     * @param value finite
     * @param noise of which the lower 16 bits are used, equally distributed
     */
    public static float dithered(float value, int noise) {
        return Float.intBitsToFloat((Float.floatToRawIntBits(value) + (noise & 0xffff)) & 0xffff_0000);
    }

    /** Widens IEEE binary16, subnormals included. */
    public static float fromF16(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f80_0000 | mantissa << 13);
        }
        if (exponent == 0) {
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
    }

    /** Rounds to nearest even; beyond 65,504 (plus half a step) is infinity, below 2^-14 subnormal. */
    public static short toF16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fff_ffff;
        if (magnitude > 0x7f80_0000) {
            return (short) (sign | 0x7e00 | (magnitude >>> 13 & 0x3ff));
        }
        if (magnitude >= 0x4780_0000) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x3880_0000) {
            // rint rounds to even, and 2^-24 is the unit of binary16's subnormals; 1024 units are its smallest normal
            return (short) (sign | (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1p24));
        }
        int roundUp = 0xfff + (magnitude >>> 13 & 1);
        // rounding may carry into the exponent, up to infinity: the fields are adjacent, so that is right
        return (short) (sign | (magnitude - 0x3800_0000 + roundUp) >>> 13);
    }
}
