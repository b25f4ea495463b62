package dev.espalier.worker.gguf;

import dev.espalier.protocol.safetensors.HalfPrecision;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Types of a GGUF file's tensors, of those that ggml knows. */
public enum GgufType {
    F32(0, 0, 1, 4),
    F16(1, 1, 1, 2),
    BF16(30, 32, 1, 2),
    /** Blocks of 32 numbers: a scale as F16, then 32 signed bytes. */
    Q8_0(8, 7, 32, 34);

    private static final float LARGEST = 127;

    private final int id;
    private final int fileType;
    private final int block;
    private final int blockBytes;

    GgufType(int id, int fileType, int block, int blockBytes) {
        this.id = id;
        this.fileType = fileType;
        this.block = block;
        this.blockBytes = blockBytes;
    }

    /** What configurations and file names call it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<GgufType> byWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst();
    }

    public static List<String> words() {
        return Arrays.stream(values()).map(GgufType::word).toList();
    }

    /** Of {@code ggml_type}. */
    int id() {
        return id;
    }

    /** Of {@code llama_ftype}: a file most of whose tensors have this type. */
    int fileType() {
        return fileType;
    }

    /** Numbers of a row must be a multiple of this. */
    public int block() {
        return block;
    }

    long bytes(long numbers) {
        return numbers / block * blockBytes;
    }

    /**
     * Appends a row, rounded to nearest even; Q8_0 as ggml's reference rounds it ({@code quantize_row_q8_0_ref}).
     *
     * @return whether all numbers are finite as written
     */
    boolean encode(float[] row, ByteBuffer into) {
        return switch (this) {
            case F32 -> f32(row, into);
            case F16 -> f16(row, into);
            case BF16 -> bf16(row, into);
            case Q8_0 -> q8(row, into);
        };
    }

    private static boolean f32(float[] row, ByteBuffer into) {
        boolean finite = true;
        for (float value : row) {
            finite &= Float.isFinite(value);
            into.putFloat(value);
        }
        return finite;
    }

    private static boolean f16(float[] row, ByteBuffer into) {
        boolean finite = true;
        for (float value : row) {
            short half = HalfPrecision.toF16(value);
            finite &= Float.isFinite(HalfPrecision.fromF16(half));
            into.putShort(half);
        }
        return finite;
    }

    private static boolean bf16(float[] row, ByteBuffer into) {
        boolean finite = true;
        for (float value : row) {
            short half = HalfPrecision.toBf16(value);
            finite &= Float.isFinite(HalfPrecision.fromBf16(half));
            into.putShort(half);
        }
        return finite;
    }

    private boolean q8(float[] row, ByteBuffer into) {
        boolean finite = true;
        for (int start = 0; start < row.length; start += block) {
            float most = 0;
            for (int i = start; i < start + block; i++) {
                finite &= Float.isFinite(row[i]);
                most = Math.max(most, Math.abs(row[i]));
            }
            float scale = most / LARGEST;
            float inverse = scale == 0 ? 0 : 1 / scale;
            short half = HalfPrecision.toF16(scale);
            finite &= Float.isFinite(HalfPrecision.fromF16(half));
            into.putShort(half);
            for (int i = start; i < start + block; i++) {
                into.put((byte) awayFromZero(row[i] * inverse));
            }
        }
        return finite;
    }

    /** C's roundf. */
    private static int awayFromZero(float value) {
        return (int) (Math.signum(value) * Math.floor(Math.abs((double) value) + 0.5));
    }
}
