package dev.espalier.protocol.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void aModelThatFitsIsOneFileThatStockReadersTake() throws IOException {
        save(Dtype.F32, Long.MAX_VALUE, 1);

        assertThat(files()).containsExactly("model.safetensors");
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model.safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(file.getLong() % 8).isZero();
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            assertThat(reader.metadata()).containsOnly(Map.entry("format", "pt"), Map.entry("by", "a test"));
            assertThat(reader.floats("a")).containsExactly(1, 2, 3, 4);
            assertThat(reader.floats("b")).containsExactly(0.1f, 0.2f);
            assertThat(reader.info("a").shape()).containsExactly(2, 2);
        }
    }

    @Test
    void aLargerModelIsShardedWithAnIndex() throws IOException {
        save(Dtype.BF16, 12, 1);

        assertThat(files())
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        assertThat(JsonFile.read(folder.resolve("model.safetensors.index.json"))
                        .at("/metadata/total_size")
                        .asInt())
                .isEqualTo(14);
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            assertThat(reader.info("a").file().getFileName()).hasToString("model-00001-of-00002.safetensors");
            assertThat(reader.info("c").file().getFileName()).hasToString("model-00002-of-00002.safetensors");
            assertThat(reader.floats("a")).containsExactly(1, 2, 3, 4);
            assertThat(reader.floats("b"))
                    .containsExactly(
                            HalfPrecision.fromBf16(HalfPrecision.toBf16(0.1f)),
                            HalfPrecision.fromBf16(HalfPrecision.toBf16(0.2f)));
        }
    }

    @Test
    void writingAgainLeavesNoFileOfTheOlderModel() throws IOException {
        save(Dtype.F32, 16, 1);
        save(Dtype.F32, 1 << 20, 2);
        assertThat(files()).containsExactly("model.safetensors");
        save(Dtype.F32, 16, 3);
        assertThat(files()).doesNotContain("model.safetensors");
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            assertThat(reader.floats("a")).containsExactly(3, 6, 9, 12);
        }
    }

    @Test
    void nothingIsVisibleUnlessFinished() throws IOException {
        save(Dtype.F32, 1 << 20, 1);
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, shapes(), Dtype.F32, 4, Map.of())) {
            writer.add("a", new float[4]);
            assertThatThrownBy(writer::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("b");
        }
        assertThat(files()).containsExactly("model.safetensors");
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            assertThat(reader.floats("a")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void aTensorIsWrittenOnceInItsDeclaredSize() {
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, shapes(), Dtype.F32, 4, Map.of())) {
            assertThatThrownBy(() -> writer.add("z", new float[1])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.add("a", new float[3])).isInstanceOf(IllegalArgumentException.class);
            writer.add("b", new float[2]);
            assertThatThrownBy(() -> writer.add("b", new float[2])).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aTensorMayComeInPieces() throws IOException {
        save(Dtype.BF16, 1 << 20, 1);
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(folder, shapes(), Dtype.BF16, 1 << 20, Map.of("by", "a test"))) {
            writer.append("a", FloatBuffer.wrap(new float[] {1}));
            writer.append("b", FloatBuffer.wrap(new float[] {0.1f}));
            writer.append("a", FloatBuffer.wrap(new float[] {2, 3}));
            assertThatThrownBy(() -> writer.append("a", FloatBuffer.wrap(new float[] {4, 5})))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("4 elements and has 5");
            writer.append("b", FloatBuffer.wrap(new float[] {0.2f}));
            writer.add("c", new float[] {5});
            assertThatThrownBy(writer::finish).hasMessageContaining("[a]");
            writer.append("a", FloatBuffer.wrap(new float[] {4}));
            assertThatThrownBy(() -> writer.append("a", FloatBuffer.wrap(new float[] {4})))
                    .hasMessageContaining("written already");
            writer.finish();
        }
        assertThat(Files.readAllBytes(folder.resolve("model.safetensors"))).isEqualTo(whole);
    }

    @Test
    void aTrainingStateComesBackToTheBit() {
        float[] odd = {Float.MIN_VALUE, -0f, Float.NEGATIVE_INFINITY, Float.intBitsToFloat(0x7fc1_2345), 1 / 3f};
        Path file = folder.resolve("deep/er/state.safetensors");
        Map<String, long[]> shapes = Map.of("m", new long[] {5}, "step", new long[0]);
        String json = "{\"name\": \"\u00e4\\n\", \"step\": 7}";
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, Map.of("state", json))) {
            writer.add("step", new float[] {7});
            writer.add("m", odd);
            writer.finish();
        }
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.metadata()).containsEntry("state", json);
            assertThat(reader.info("step").shape()).isEmpty();
            float[] back = reader.floats("m");
            for (int i = 0; i < odd.length; i++) {
                assertThat(Float.floatToRawIntBits(back[i])).isEqualTo(Float.floatToRawIntBits(odd[i]));
            }
        }
    }

    @Test
    void aFileMayHoldTensorsOfSeveralTypes() {
        Path file = folder.resolve("several.safetensors");
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("z.exact", new long[] {3});
        shapes.put("a.rounded", new long[] {3});
        float[] values = {1 / 3f, -2, 1e-30f};
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(
                file, shapes, name -> name.startsWith("a") ? Dtype.BF16 : Dtype.F32, Map.of())) {
            writer.add("a.rounded", values);
            writer.add("z.exact", values);
            writer.finish();
        }
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.info("a.rounded").dtype()).isEqualTo(Dtype.BF16);
            assertThat(reader.floats("z.exact")).isEqualTo(values);
            for (int i = 0; i < values.length; i++) {
                assertThat(reader.floats("a.rounded")[i])
                        .isEqualTo(HalfPrecision.fromBf16(HalfPrecision.toBf16(values[i])));
            }
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsTheUsersError() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> SafetensorsWriter.create(file.resolve("sub"), shapes(), Dtype.F32, 4, Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("Cannot write");
    }

    private void save(Dtype dtype, long maxShardBytes, float scale) {
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(folder, shapes(), dtype, maxShardBytes, Map.of("by", "a test"))) {
            writer.add("b", new float[] {0.1f, 0.2f});
            writer.add("a", new float[] {scale, 2 * scale, 3 * scale, 4 * scale});
            writer.add("c", new float[] {5});
            writer.finish();
        }
    }

    private static Map<String, long[]> shapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("a", new long[] {2, 2});
        shapes.put("b", new long[] {2});
        shapes.put("c", new long[] {1});
        return shapes;
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
