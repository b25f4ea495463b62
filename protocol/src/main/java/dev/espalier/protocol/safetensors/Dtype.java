package dev.espalier.protocol.safetensors;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;

/** Element types of safetensors files that this reader knows, by the name the format uses. */
public enum Dtype {
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    F64(8, "float64"),
    I64(8, "int64"),
    I32(4, "int32"),
    U8(1, "uint8");

    private final int bytes;
    private final String torchName;

    Dtype(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** The name config.json's {@code torch_dtype} uses. */
    public String torchName() {
        return torchName;
    }

    /** True for the types that weights are read from and written in; {@code floats} widens only these. */
    public boolean isWeight() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** The number at an index of a little-endian buffer of weights, widened to fp32. */
    public float float32(ByteBuffer weights, int index) {
        return switch (this) {
            case F32 -> weights.getFloat(index * bytes);
            case BF16 -> HalfPrecision.fromBf16(weights.getShort(index * bytes));
            case F16 -> HalfPrecision.fromF16(weights.getShort(index * bytes));
            default -> throw new IllegalArgumentException(this + " is no type of weights");
        };
    }

    /** The type of this name, in either case: {@code "bf16"}, {@code "F32"}. */
    public static Optional<Dtype> byName(String name) {
        for (Dtype dtype : values()) {
            if (dtype.name().equals(name.toUpperCase(Locale.ROOT))) {
                return Optional.of(dtype);
            }
        }
        return Optional.empty();
    }
}
