package dev.espalier.worker.checkpoint;

import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * SHA-256 of files, remembered between processes: as long as a file's identity, length and time of modification stay,
 * it is not read again.
 */
public final class FileHashes {
    private final Path folder;

    /** @param folder of what is remembered; may be deleted at any time */
    public FileHashes(Path folder) {
        this.folder = folder;
    }

    /** @return 64 lower-case hexadecimal digits */
    public String sha256(Path file) throws IOException {
        Path real = file.toRealPath();
        Path memory = folder.resolve(Sha256.of(real.toString().getBytes(StandardCharsets.UTF_8)));
        String before = state(real);
        if (Files.isRegularFile(memory)) {
            String[] lines = Files.readString(memory).split("\n", -1);
            if (lines.length == 3 && lines[0].equals(before) && lines[1].matches("[0-9a-f]{64}")) {
                return lines[1];
            }
        }
        String hash = Sha256.of(real);
        if (!before.equals(state(real))) {
            throw new IOException(file + " changed while it was read");
        }
        AtomicFiles.write(memory, (before + "\n" + hash + "\n").getBytes(StandardCharsets.UTF_8));
        return hash;
    }

    private static String state(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS) + " "
                + attributes.fileKey();
    }
}
