package dev.espalier.worker.transfer;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.DamagedBlobException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A worker's own copies of blobs. The least recently used are dropped when they have grown beyond a bound; not at once,
 * for a piece of work may ask for several before it reads the first.
 */
public final class BlobCache {
    /** A part that nobody has continued for so long belongs to a version that nobody needs any more. */
    private static final Duration LEFTOVER_AGE = Duration.ofHours(1);

    private final BlobFolder blobs;
    private final long maxBytes;
    private Optional<BlobRef> newest = Optional.empty();

    /**
     * @param directory for this process alone; what is in it may be deleted while no worker uses it
     * @param maxBytes of all blobs after {@link #shrink}; the newest may be larger by itself
     * @throws IOException if what killed processes left cannot be deleted
     */
    public BlobCache(Path directory, long maxBytes) throws IOException {
        blobs = new BlobFolder(directory);
        this.maxBytes = maxBytes;
        blobs.dropLeftovers(Instant.now().minus(LEFTOVER_AGE));
    }

    /** Brings a blob that is not here. */
    interface Fetch {
        void into(BlobFolder blobs) throws IOException;
    }

    /** The blob's file, fetched if need be; its length checked. */
    Path path(BlobRef blob, Fetch fetch) throws IOException {
        if (!blobs.renew(blob)) {
            fetch.into(blobs);
            newest = Optional.of(blob);
        }
        return blobs.path(blob);
    }

    /** The blob's file, fetched if need be, also if it is damaged; its hash checked. */
    Path verify(BlobRef blob, Fetch fetch) throws IOException {
        try {
            if (blobs.renew(blob)) {
                return blobs.verify(blob);
            }
        } catch (DamagedBlobException e) {
            blobs.delete(blob);
        }
        // What is fetched is verified as it comes.
        return path(blob, fetch);
    }

    /** Adds what {@code writer} leaves in the file it is given. */
    BlobRef put(AtomicFiles.Writer writer) throws IOException {
        BlobRef blob = blobs.put(writer);
        newest = Optional.of(blob);
        return blob;
    }

    /** Keeps the bound. Files that were asked for before may be gone afterwards. */
    void shrink() throws IOException {
        if (newest.isPresent()) {
            blobs.shrink(maxBytes, newest.get());
        }
    }
}
