package dev.espalier.protocol.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Encodes floats as little-endian F32, F16 or BF16, a chunk at a time in one reused buffer. */
final class FloatEncoder {
    private static final int ELEMENTS = 1 << 18;

    private final Dtype dtype;
    private final ByteBuffer bytes;

    FloatEncoder(Dtype dtype) {
        if (!dtype.isWeight()) {
            throw new IllegalArgumentException("Weights are written as F32, F16 or BF16, not " + dtype);
        }
        this.dtype = dtype;
        this.bytes = ByteBuffer.allocateDirect(ELEMENTS * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Consumes some floats; the result is valid until the next call. */
    ByteBuffer next(FloatBuffer data) {
        int n = Math.min(ELEMENTS, data.remaining());
        bytes.clear();
        if (dtype == Dtype.F32) {
            FloatBuffer chunk = data.slice(data.position(), n);
            bytes.asFloatBuffer().put(chunk);
            data.position(data.position() + n);
        } else {
            ShortBuffer halves = bytes.asShortBuffer();
            for (int i = 0; i < n; i++) {
                float value = data.get();
                halves.put(dtype == Dtype.BF16 ? HalfPrecision.toBf16(value) : HalfPrecision.toF16(value));
            }
        }
        return bytes.limit(n * dtype.bytes());
    }
}
