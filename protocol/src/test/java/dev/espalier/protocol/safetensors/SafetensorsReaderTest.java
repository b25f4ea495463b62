package dev.espalier.protocol.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsEveryWeightTypeWidenedToFp32() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-0.25f);
        data.putShort((short) 0x3f80).putShort((short) 0xc000); // BF16 1, -2
        data.putShort((short) 0x3c00).putShort((short) 0x0001); // F16 1, 2^-24
        Path file = write(
                """
                {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
                "b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
                "c":{"dtype":"F16","shape":[1,2],"data_offsets":[12,16]}}""",
                data.array());

        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.names()).containsExactly("a", "b", "c");
            assertThat(reader.metadata()).containsEntry("format", "pt");
            assertThat(reader.info("a").shape()).containsExactly(2, 1);
            assertThat(reader.info("b").dtype()).isEqualTo(Dtype.BF16);
            assertThat(reader.floats("a")).containsExactly(1.5f, -0.25f);
            assertThat(reader.floats("b")).containsExactly(1f, -2f);
            assertThat(reader.floats("c")).containsExactly(1f, 0x1p-24f);
            assertThat(reader.bytes("a").isDirect()).isTrue();
            assertThat(reader.bytes("b").getShort()).isEqualTo((short) 0x3f80);
        }
    }

    @Test
    void appendsToABufferThatHoldsSeveralTensors() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(3)
                .putFloat(4);
        Path file = write(
                """
                {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}""",
                data.array());
        FloatBuffer both = FloatBuffer.allocate(2);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.readFloats("b", both);
            reader.readFloats("a", both);
        }
        assertThat(both.array()).containsExactly(4, 3);
    }

    @Test
    void listsIntegerTensorsButDoesNotReadThemAsWeights() throws IOException {
        Path file = write("{\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", new byte[8]);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.info("ids").elements()).isEqualTo(1);
            assertThatThrownBy(() -> reader.floats("ids"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("I64");
            assertThatThrownBy(() -> reader.info("other"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("'other' is missing");
        }
    }

    /** Each header lies about eight bytes of data. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}} | truncated",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | occupies 8 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | belong to no tensor",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | follows a gap",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | overlaps",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | value -2 in its shape",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}} | value -8 in its data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | claims the bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}} | overflows",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,99999999999999999999]}} | value 99999999999999999999",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}} | claims the bytes [0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | no list data_offsets",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}} | dtype \"F8_E4M3\"",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | Duplicate",
                "{\"__metadata__\":{\"n\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | no string",
                "{\"a\":7} | dtype",
                "[] | no JSON object",
                "{\"a\": | not valid JSON",
            })
    void refusesAHeaderThatLies(String header, String reason) throws IOException {
        Path file = write(header, new byte[8]);
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"-1", "200000000", "9", "9223372036854775807"})
    void refusesAnAbsurdHeaderLength(long length) throws IOException {
        Path file = folder.resolve("m.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .array());
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("header claims");
    }

    @Test
    void refusesFilesThatAreMissingOrTooShort() throws IOException {
        assertThatThrownBy(() -> SafetensorsReader.open(folder.resolve("none.safetensors")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not exist");
        Path file = Files.write(folder.resolve("short.safetensors"), new byte[3]);
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("only 3 bytes");
        assertThatThrownBy(() -> SafetensorsReader.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds neither");
    }

    @Test
    void readsShardsThroughTheIndex() throws IOException {
        shards("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}");
        try (SafetensorsReader reader = SafetensorsReader.open(folder)) {
            assertThat(reader.names()).containsExactly("a", "b");
            assertThat(reader.info("b").file()).isEqualTo(folder.resolve("two.safetensors"));
            assertThat(reader.floats("a")).containsExactly(0, 0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"weight_map\":{\"a\":\"../one.safetensors\"}} | not the name of a file in the same folder",
                "{\"weight_map\":{\"a\":\"/etc/passwd\"}} | not the name of a file in the same folder",
                "{\"weight_map\":{\"a\":\"..\"}} | not the name of a file in the same folder",
                "{\"weight_map\":{\"a\":\"x\\u0000y\"}} | not the name of a file in the same folder",
                "{\"weight_map\":{\"a\":5}} | not the name of a file in the same folder",
                "{\"weight_map\":{\"a\":\"three.safetensors\"}} | three.safetensors, which is missing",
                "{\"weight_map\":{\"a\":\"two.safetensors\",\"b\":\"two.safetensors\"}} | 'a' in two.safetensors, but it is not there",
                "{\"weight_map\":{\"c\":\"one.safetensors\"}} | 'c' in one.safetensors, but it is not there",
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"copy.safetensors\"}} | in two files",
                "{} | no weight_map",
                "nonsense | not valid JSON",
            })
    void refusesAnIndexThatDoesNotFitItsShards(String index, String reason) throws IOException {
        shards(index);
        if (index.contains("copy")) {
            Files.copy(folder.resolve("one.safetensors"), folder.resolve("copy.safetensors"));
        }
        assertThatThrownBy(() -> SafetensorsReader.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(reason);
    }

    private void shards(String index) throws IOException {
        Files.move(
                write("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", new byte[8]),
                folder.resolve("one.safetensors"));
        Files.move(
                write("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", new byte[8]),
                folder.resolve("two.safetensors"));
        Files.writeString(folder.resolve("model.safetensors.index.json"), index);
    }

    private Path write(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json).put(data);
        return Files.write(folder.resolve("m.safetensors"), file.array());
    }
}
