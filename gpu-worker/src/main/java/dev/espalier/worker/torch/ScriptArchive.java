package dev.espalier.worker.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs kernel texts into the four-entry archive that libtorch loads: one class {@code Ops} without attributes but
 * {@code training}, no tensors, format version 10.
 */
final class ScriptArchive {
    private static final String HEAD =
            """
            class Ops(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    private ScriptArchive() {}

    /** @param resources names of the kernel files beside {@code /torchscript/} on the class path */
    static byte[] pack(List<String> resources) {
        StringBuilder code = new StringBuilder(HEAD);
        for (String resource : resources) {
            for (String line : read("/torchscript/" + resource).lines().toList()) {
                code.append("  ")
                        .append(line.replace("(self,", "(self: __torch__.Ops,")
                                .replace("(self)", "(self: __torch__.Ops)"));
                code.append('\n');
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "ops/version", "10\n".getBytes(StandardCharsets.US_ASCII));
            entry(zip, "ops/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            entry(zip, "ops/data.pkl", module());
            entry(zip, "ops/code/__torch__.py", code.toString().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The pickled module object: {@code __torch__.Ops} with {@code {"training": True}}. */
    private static byte[] module() throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2, 'c'});
        pickle.write("__torch__\nOps\n".getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
        pickle.write("training".getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {'q', 1, (byte) 0x88, 'u', 'b', 'q', 2, '.'});
        return pickle.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    private static String read(String resource) {
        try (InputStream in = ScriptArchive.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("kernel text missing from the class path: " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
