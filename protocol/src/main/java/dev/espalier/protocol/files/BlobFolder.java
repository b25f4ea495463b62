package dev.espalier.protocol.files;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A content-addressed directory: the file with hash {@code abcd...} is {@code ab/abcd...}. Messages carry
 * {@link BlobRef}s; who holds one can fetch the file and check that it is whole.
 */
public final class BlobFolder {
    private final Path directory;

    /** @param directory {@code blobs/} of a run folder; created when the first blob arrives */
    public BlobFolder(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    /** Copies {@code file} into the folder. */
    public BlobRef put(Path file) throws IOException {
        return put(temporary -> Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING));
    }

    /** Adds what {@code writer} leaves in the temporary file; a damaged blob of the same name is replaced. */
    public BlobRef put(AtomicFiles.Writer writer) throws IOException {
        Files.createDirectories(directory);
        Path temporary = AtomicFiles.temporary(directory, "incoming");
        try {
            writer.write(temporary);
            BlobRef blob = new BlobRef(Sha256.of(temporary), Files.size(temporary));
            Path target = location(blob);
            Files.createDirectories(target.getParent());
            AtomicFiles.publish(temporary, target);
            return blob;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Writes all of a blob's content to the channel it is given. */
    public interface Content {
        void write(WritableByteChannel out) throws IOException;
    }

    /** Adds content that is made now: it is hashed while it is written, and not read again. */
    public BlobRef stream(Content content) throws IOException {
        Files.createDirectories(directory);
        Path temporary = AtomicFiles.temporary(directory, "incoming");
        try {
            BlobRef blob;
            try (HashingChannel out = HashingChannel.open(temporary)) {
                content.write(out);
                blob = out.finish();
            }
            Path target = location(blob);
            Files.createDirectories(target.getParent());
            AtomicFiles.publish(temporary, target);
            return blob;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Whether the blob is there with its full length. */
    public boolean holds(BlobRef blob) throws IOException {
        Path file = location(blob);
        return Files.isRegularFile(file) && Files.size(file) == blob.bytes();
    }

    /**
     * The blob's file, its length checked.
     *
     * @throws NoSuchFileException if the blob is not there
     * @throws IOException if its length is not what the reference says
     */
    public Path path(BlobRef blob) throws IOException {
        Path file = location(blob);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "the blob is missing");
        }
        long length = Files.size(file);
        if (length != blob.bytes()) {
            throw new IOException("blob " + file + " is " + length + " bytes long instead of " + blob.bytes());
        }
        return file;
    }

    /**
     * The blob's file, its length and its hash checked.
     *
     * @throws IOException if the blob is missing or its content is not what its name says
     */
    public Path verify(BlobRef blob) throws IOException {
        Path file = path(blob);
        String actual = Sha256.of(file);
        if (!actual.equals(blob.sha256())) {
            throw new IOException("blob " + file + " is damaged: its SHA-256 is " + actual);
        }
        return file;
    }

    /** Deletes the blob if it is there. */
    public void delete(BlobRef blob) throws IOException {
        Files.deleteIfExists(location(blob));
    }

    /** Deletes all blobs but the given ones, and what interrupted writes left. Nobody may be writing meanwhile. */
    public void retain(Collection<BlobRef> retained) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Set<Path> keep = retained.stream().map(this::location).collect(Collectors.toSet());
        try (Stream<Path> files = Files.walk(directory, 2)) {
            List<Path> dropped = files.filter(Files::isRegularFile)
                    .filter(file -> !keep.contains(file))
                    .toList();
            for (Path file : dropped) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Path location(BlobRef blob) {
        return directory.resolve(blob.sha256().substring(0, 2)).resolve(blob.sha256());
    }
}
