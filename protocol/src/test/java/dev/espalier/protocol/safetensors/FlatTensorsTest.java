package dev.espalier.protocol.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlatTensorsTest {
    @TempDir
    Path folder;

    @Test
    void tensorsAreOneSequenceByName() throws IOException {
        Path file = folder.resolve("two.safetensors");
        try (WritableByteChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FlatTensorsWriter writer = new FlatTensorsWriter(out, shapes("b", 3, "a", 2, "c", 1), Map.of("word", "x"));
            writer.write(new float[] {1, 2}, 2);
            assertThatThrownBy(writer::finish).hasMessageContaining("4 numbers");
            writer.write(new float[] {3, 4, 5, 6, 9, 9}, 4);
            writer.finish();
            assertThatThrownBy(() -> writer.write(new float[] {7}, 1)).hasMessageContaining("0 more");
        }
        try (FlatTensors all = FlatTensors.open(file, name -> true);
                FlatTensors some = FlatTensors.open(file, name -> !name.equals("a"))) {
            assertThat(all.size()).isEqualTo(6);
            assertThat(all.shapes().keySet()).containsExactly("a", "b", "c");
            assertThat(all.metadata()).containsEntry("word", "x");
            float[] piece = new float[4];
            assertThat(all.read(piece)).isEqualTo(4);
            assertThat(piece).containsExactly(4, 5, 1, 2);
            assertThat(all.read(piece)).isEqualTo(2);
            assertThat(piece).startsWith(3, 6);
            assertThat(all.read(piece)).isZero();
            assertThat(some.read(piece)).isEqualTo(4);
            assertThat(piece).containsExactly(1, 2, 3, 6);
            assertThat(all.matches(some)).isFalse();
        }
    }

    @Test
    void aTensorMayHaveMoreThanTwoToTheThirtyOneNumbers() throws IOException {
        Path file = folder.resolve("large.safetensors");
        long size = (1L << 31) + 5;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            new FlatTensorsWriter(out, shapes("w", size), Map.of());
            // All between is a hole in the file.
            long last = out.position() + (size - 1) * Float.BYTES;
            out.write(ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3f}), last);
        }
        try (FlatTensors tensors = FlatTensors.open(file, name -> true);
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(tensors.size()).isEqualTo(size);
            assertThat(tensors.read(new float[3])).isEqualTo(3);
            FloatBuffer end = FloatBuffer.allocate(2);
            reader.readFloats("w", size - 2, 2, end);
            assertThat(end.array()).containsExactly(0, 1);
        }
    }

    @Test
    void numbersThatAreNoWeightsAreRefused() throws IOException {
        Path file = folder.resolve("ids.safetensors");
        byte[] header =
                "{\"ids\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[0,0]}}  ".getBytes(StandardCharsets.UTF_8);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(new byte[] {(byte) header.length, 0, 0, 0, 0, 0, 0, 0}));
            out.write(ByteBuffer.wrap(header));
        }
        assertThatThrownBy(() -> FlatTensors.open(file, name -> true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("I64");
    }

    private static Map<String, long[]> shapes(Object... namesAndSizes) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int i = 0; i < namesAndSizes.length; i += 2) {
            shapes.put((String) namesAndSizes[i], new long[] {((Number) namesAndSizes[i + 1]).longValue()});
        }
        return shapes;
    }
}
