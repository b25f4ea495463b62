package dev.espalier.protocol.files;

import dev.espalier.protocol.BlobRef;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A blob on its way into a {@link BlobFolder}: hashed as its bytes arrive in order, and visible only once it is whole.
 * Closed before that, it leaves its part, and whoever receives the blob next goes on from there. One writer at a time;
 * its methods may be called from several threads.
 */
public final class PartialBlob implements Closeable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final BlobRef blob;
    private final Path part;
    private final Path target;
    private final FileChannel channel;
    private final MessageDigest digest = Sha256.digest();
    private long received;

    private PartialBlob(BlobRef blob, Path part, Path target, FileChannel channel) {
        this.blob = blob;
        this.part = part;
        this.target = target;
        this.channel = channel;
    }

    /** Creates the part, or takes up at most {@code limit} bytes of the one that is there, reading them for their hash. */
    static PartialBlob open(BlobRef blob, Path part, Path target, long limit) throws IOException {
        FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        PartialBlob partial = new PartialBlob(blob, part, target, channel);
        try {
            // Between open and lock the former writer may have published the very file that was opened.
            if (!isLocked(channel) || !Files.exists(part)) {
                throw new BlobBusyException("blob " + blob.sha256() + " is just being written by another transfer");
            }
            partial.takeUp(limit);
            return partial;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Whether nobody is writing this part. */
    static boolean isAbandoned(Path part) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            return isLocked(channel);
        }
    }

    private void takeUp(long limit) throws IOException {
        // A part that is too long is of nothing that could become this blob.
        channel.truncate(channel.size() > blob.bytes() ? 0 : limit);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer.clear()) >= 0) {
            received += buffer.flip().remaining();
            digest.update(buffer);
        }
    }

    /** Bytes that are there, from the beginning. */
    public synchronized long received() {
        return received;
    }

    /**
     * Adds the bytes that follow.
     *
     * @throws DamagedBlobException if they are more than the blob has; the part is emptied
     */
    public synchronized void write(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() > blob.bytes() - received) {
            restart();
            throw new DamagedBlobException("more than the " + blob.bytes() + " bytes of blob " + blob.sha256());
        }
        while (bytes.hasRemaining()) {
            ByteBuffer written = bytes.duplicate();
            int count = channel.write(bytes);
            digest.update(written.limit(written.position() + count));
            received += count;
        }
    }

    /** Forgets what was received. */
    public synchronized void restart() throws IOException {
        channel.truncate(0);
        digest.reset();
        received = 0;
    }

    /**
     * Makes the blob durable and visible.
     *
     * @return its file
     * @throws IOException if bytes are missing; the part stays
     * @throws DamagedBlobException if its content is not what its name says; the part is deleted
     */
    public synchronized Path publish() throws IOException {
        if (received != blob.bytes()) {
            throw new IOException(
                    "blob " + blob.sha256() + " ended after " + received + " of " + blob.bytes() + " bytes");
        }
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!actual.equals(blob.sha256())) {
            discard();
            throw new DamagedBlobException(
                    "blob " + blob.sha256() + " arrived damaged: the SHA-256 of its content is " + actual);
        }
        Files.createDirectories(target.getParent());
        AtomicFiles.publish(part, target);
        return target;
    }

    /** Deletes the part. Nothing can be written any more. */
    public synchronized void discard() throws IOException {
        Files.deleteIfExists(part);
        channel.close();
    }

    /** Leaves the part as it is. */
    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }
}
