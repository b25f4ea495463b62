package dev.espalier.protocol.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever happens to a file, the reader reads it or says what is wrong; nothing else. */
class SafetensorsFuzzTest {
    private static final byte[] TOKENS = "0123456789-[]{}\":,eF32BU\0 ".getBytes(StandardCharsets.US_ASCII);
    private static Path folder;
    private static byte[] valid;

    @BeforeContainer
    static void writeAValidFile() throws IOException {
        folder = Files.createTempDirectory("fuzz");
        Path file = folder.resolve("valid.safetensors");
        Map<String, long[]> shapes = Map.of("one", new long[] {2, 3}, "two", new long[] {4}, "none", new long[] {0});
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, Map.of("state", "{\"n\":1}"))) {
            writer.add("one", new float[] {1, 2, 3, 4, 5, 6});
            writer.add("two", new float[4]);
            writer.add("none", new float[0]);
            writer.finish();
        }
        valid = Files.readAllBytes(file);
    }

    @AfterContainer
    static void clean() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    @Property(tries = 1000)
    void aDamagedFileIsReadOrRefusedWithAReason(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int damages)
            throws IOException {
        Path file = Files.write(folder.resolve("damaged.safetensors"), damage(new Random(seed), damages));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (String name : reader.names()) {
                assertThat(reader.bytes(name).remaining())
                        .isEqualTo((int) reader.info(name).byteLength());
                if (reader.info(name).dtype().isWeight()) {
                    assertThat(reader.floats(name))
                            .hasSize((int) reader.info(name).elements());
                }
            }
        } catch (UserError e) {
            assertThat(e.getMessage()).contains(file.toString());
        }
    }

    private static byte[] damage(Random random, int damages) {
        byte[] bytes = valid.clone();
        for (int i = 0; i < damages && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = TOKENS[random.nextInt(TOKENS.length)];
                case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(2) == 0 ? at : bytes.length + random.nextInt(9));
                case 3 -> bytes[random.nextInt(Math.min(8, bytes.length))] = (byte) random.nextInt(256);
                default -> {
                    int to = random.nextInt(bytes.length);
                    System.arraycopy(valid, 0, bytes, to, Math.min(bytes.length - to, random.nextInt(valid.length)));
                }
            }
        }
        return bytes;
    }
}
