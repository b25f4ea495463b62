package dev.espalier.coordinator.merge;

import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * Merges student files, a piece at a time: each is read once and the next version is written once, whatever its size.
 *
 * @param blobs of the run
 */
public record StudentMerger(BlobFolder blobs, Aggregator aggregator) {
    /**
     * What to merge.
     *
     * @param newest the student version to merge into
     * @param base the version that training started from
     * @param trained what it returned
     * @param outer the momentum so far
     * @param staleness versions between base and newest
     * @param lanes chains of slices that run side by side
     */
    public record Order(
            BlobRef newest, BlobRef base, BlobRef trained, Optional<BlobRef> outer, int staleness, int lanes) {}

    /**
     * The next version, on disk.
     *
     * @throws UnusableResultException if the worker's file cannot be merged
     * @throws IOException if our own files cannot be read or written
     */
    public Blend merge(Order order) throws IOException {
        try (FlatTensors newest = open(order.newest());
                FlatTensors base = open(order.base());
                FlatTensors trained = trained(order.trained())) {
            if (!newest.matches(trained)) {
                throw new UnusableResultException("the worker returned a student of another shape");
            }
            StudentMerge merge = merge(order, newest, base, trained);
            return aggregator.hasMomentum()
                    ? merge.write(blobs, aggregator, order.outer(), order.lanes())
                    : merge.write(blobs, aggregator);
        } catch (Aggregator.NotFiniteException e) {
            throw new UnusableResultException(e.getMessage());
        }
    }

    private static StudentMerge merge(Order order, FlatTensors newest, FlatTensors base, FlatTensors trained) {
        if (trained.metadata().containsKey(StudentTensors.DELTA_OF)) {
            return StudentMerge.ofDelta(newest, trained, order.staleness());
        }
        boolean fresh = order.base().equals(order.newest());
        return StudentMerge.of(newest, fresh ? Optional.empty() : Optional.of(base), trained, order.staleness());
    }

    private FlatTensors open(BlobRef blob) throws IOException {
        return FlatTensors.open(blobs.path(blob), StudentTensors::isTrainable);
    }

    private FlatTensors trained(BlobRef blob) throws IOException {
        try {
            return open(blob);
        } catch (NoSuchFileException e) {
            throw new UnusableResultException("the worker returned a student that is not there: " + e.getFile());
        } catch (UserError e) {
            throw new UnusableResultException("the worker returned a student that cannot be read: " + e.getMessage());
        }
    }

    /** What a worker returned cannot be merged; the run itself is unharmed. */
    public static final class UnusableResultException extends IOException {
        private static final long serialVersionUID = 1L;

        UnusableResultException(String cause) {
            super(cause);
        }
    }
}
