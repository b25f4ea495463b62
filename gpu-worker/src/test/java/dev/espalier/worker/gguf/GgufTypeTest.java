package dev.espalier.worker.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class GgufTypeTest {
    /** round(sin(1.7 i) (i - 16) / 7, 3) for i = 0 .. 63, the first one 0. */
    private static final float[] ROW = row();

    @Test
    void blocksOfBytesAreThoseOfGgml() {
        // gguf.quants.quantize(row, GGMLQuantizationType.Q8_0) of the Python package gguf 0.19.0
        assertThat(hex(GgufType.Q8_0, ROW))
                .isEqualTo("492400811f67cdb53c30c5e83106de0311fd00fbf41412d9f13b03b31258d1a5"
                        + "50538b2adbeb300ac8043cebc42737c8d4481cabf95cefa32a57bcb65b3692e47afd8125");
    }

    @Test
    void aBlockOfZerosHasNoScale() {
        assertThat(hex(GgufType.Q8_0, new float[32])).isEqualTo("00".repeat(34));
    }

    @Test
    void numbersThatATypeCannotHoldAreTold() {
        assertThat(encode(GgufType.F16, 70_000)).isFalse();
        assertThat(encode(GgufType.BF16, 70_000)).isTrue();
        assertThat(encode(GgufType.F32, Float.POSITIVE_INFINITY)).isFalse();
        assertThat(encode(GgufType.Q8_0, Float.NaN)).isFalse();
        assertThat(encode(GgufType.Q8_0, 1e7f)).isFalse();
    }

    private static boolean encode(GgufType type, float value) {
        float[] row = new float[type.block()];
        Arrays.fill(row, value);
        return type.encode(row, ByteBuffer.allocate((int) type.bytes(row.length)));
    }

    private static String hex(GgufType type, float[] row) {
        ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes(row.length)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(type.encode(row, bytes)).isTrue();
        assertThat(bytes.hasRemaining()).isFalse();
        return HexFormat.of().formatHex(bytes.array());
    }

    private static float[] row() {
        float[] row = new float[64];
        for (int i = 1; i < row.length; i++) {
            row[i] = (float) (Math.rint((float) (Math.sin(i * 1.7) * (i - 16) / 7) * 1000f)) / 1000f;
        }
        return row;
    }
}
