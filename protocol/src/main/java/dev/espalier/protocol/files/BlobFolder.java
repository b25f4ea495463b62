package dev.espalier.protocol.files;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A content-addressed directory: the file with hash {@code abcd...} is {@code ab/abcd...}. Messages carry
 * {@link BlobRef}s; who holds one can fetch the file and check that it is whole.
 */
public final class BlobFolder {
    /** The folder's name in a run folder. */
    public static final String NAME = "blobs";

    /** Files on their way in or out begin with it; no blob does. */
    private static final String HIDDEN = ".";

    private final Path directory;

    /** @param directory {@link #NAME} in a run folder, or a cache; created when the first blob arrives */
    public BlobFolder(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    /** The blobs of a run. */
    public static BlobFolder in(Path runFolder) {
        return new BlobFolder(runFolder.resolve(NAME));
    }

    /** Where a blob of a run is, relative to the run folder, with forward slashes. */
    public static String pathInRun(BlobRef blob) {
        return NAME + "/" + blob.sha256().substring(0, 2) + "/" + blob.sha256();
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

    /**
     * Begins to receive a blob piece by piece, or goes on after all that has arrived.
     *
     * @throws BlobBusyException if another transfer is writing it
     */
    public PartialBlob receive(BlobRef blob) throws IOException {
        return receive(blob, blob.bytes());
    }

    /**
     * The same from an offset on: what has arrived beyond it is forgotten. If less has arrived, so much as there is.
     *
     * @throws BlobBusyException if another transfer is writing it
     */
    public PartialBlob receive(BlobRef blob, long offset) throws IOException {
        Files.createDirectories(directory);
        return PartialBlob.open(blob, part(blob.sha256()), location(blob), offset);
    }

    /** How much of a blob has arrived in part; 0 if nothing. */
    public long received(String sha256) throws IOException {
        Path part = part(sha256);
        return Files.isRegularFile(part) ? Files.size(part) : 0;
    }

    /** What still fits onto the disk, once a blob has come. */
    public long usableBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /** Gives a durable file that is elsewhere on the same file system its name here, too. */
    public void link(BlobRef blob, Path file) throws IOException {
        AtomicFiles.link(file, location(blob));
    }

    /** The blob with this hash, as long as it is now. */
    public Optional<BlobRef> find(String sha256) throws IOException {
        Path file = location(new BlobRef(sha256, 0));
        return Files.isRegularFile(file) ? Optional.of(new BlobRef(sha256, Files.size(file))) : Optional.empty();
    }

    /**
     * Makes the blob as young as if it had just been written, so that {@link #retain} spares it until somebody can
     * refer to it.
     *
     * @return whether the blob is there with its full length
     */
    public boolean renew(BlobRef blob) throws IOException {
        if (!holds(blob)) {
            return false;
        }
        try {
            Files.setLastModifiedTime(location(blob), FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false;
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
        requireHash(blob, Sha256.of(file));
        return file;
    }

    /**
     * For who has read the blob's file anyway.
     *
     * @param actual SHA-256 of what was read
     * @throws DamagedBlobException if it is not what the blob's name says
     */
    public void requireHash(BlobRef blob, String actual) throws DamagedBlobException {
        if (!actual.equals(blob.sha256())) {
            throw new DamagedBlobException("blob " + location(blob) + " is damaged: its SHA-256 is " + actual);
        }
    }

    /** Deletes the blob if it is there. */
    public void delete(BlobRef blob) throws IOException {
        Files.deleteIfExists(location(blob));
    }

    /**
     * Deletes blobs that are not among the given ones, and what interrupted writes left, as far as they were written
     * before {@code limit}: younger ones may be in the making, or about to be referred to. Others may write meanwhile.
     */
    public void retain(Collection<BlobRef> retained, Instant limit) throws IOException {
        Set<String> keep = retained.stream().map(BlobRef::sha256).collect(Collectors.toSet());
        dropIf(file -> !keep.contains(file.getFileName().toString()), limit);
    }

    /** Deletes only what interrupted writes left before {@code limit}. */
    public void dropLeftovers(Instant limit) throws IOException {
        dropIf(BlobFolder::isHidden, limit);
    }

    private void dropIf(Predicate<Path> condition, Instant limit) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        for (Path file : files()) {
            try {
                if (condition.test(file) && isOlder(file, limit)) {
                    drop(file, limit);
                }
            } catch (NoSuchFileException e) {
                // Its writer has finished, or somebody else deleted it.
                continue;
            }
        }
    }

    /** Not by Files.walk, which fails if a file goes while it looks. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path entry : list(directory)) {
            if (Files.isDirectory(entry)) {
                files.addAll(list(entry));
            } else {
                files.add(entry);
            }
        }
        return files;
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }

    /**
     * Deletes the blobs that were written or renewed longest ago until the others fit.
     *
     * @param spared stays in any case
     */
    public void shrink(long maxBytes, BlobRef spared) throws IOException {
        List<Aged> blobs = new ArrayList<>();
        for (Path file : files()) {
            if (!isHidden(file) && !file.equals(location(spared))) {
                Aged.of(file).ifPresent(blobs::add);
            }
        }
        blobs.sort(Comparator.comparing(Aged::written));
        long bytes = spared.bytes() + blobs.stream().mapToLong(Aged::bytes).sum();
        for (Aged oldest : blobs) {
            if (bytes <= maxBytes) {
                return;
            }
            Files.deleteIfExists(oldest.file());
            bytes -= oldest.bytes();
        }
    }

    private record Aged(Path file, FileTime written, long bytes) {
        static Optional<Aged> of(Path file) throws IOException {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return Optional.of(new Aged(file, attributes.lastModifiedTime(), attributes.size()));
            } catch (NoSuchFileException e) {
                // Somebody else was faster to delete it.
                return Optional.empty();
            }
        }
    }

    private void drop(Path file, Instant limit) throws IOException {
        if (isHidden(file)) {
            if (PartialBlob.isAbandoned(file)) {
                Files.deleteIfExists(file);
            }
            return;
        }
        // The blob may be put or renewed between the look at its age and its deletion. Moved aside, it cannot be.
        Path aside = directory.resolve(HIDDEN + file.getFileName() + ".dropped");
        AtomicFiles.move(file, aside);
        if (isOlder(aside, limit)) {
            Files.deleteIfExists(aside);
        } else {
            AtomicFiles.move(aside, file);
        }
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(HIDDEN);
    }

    private static boolean isOlder(Path file, Instant limit) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(limit);
    }

    private Path part(String sha256) {
        return directory.resolve(HIDDEN + new BlobRef(sha256, 0).sha256() + ".part");
    }

    private Path location(BlobRef blob) {
        return directory.resolve(blob.sha256().substring(0, 2)).resolve(blob.sha256());
    }
}
