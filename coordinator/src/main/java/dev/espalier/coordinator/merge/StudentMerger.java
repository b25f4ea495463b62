package dev.espalier.coordinator.merge;

import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Merges student files. The newest version stays in memory, so that a merge reads the result and the version that it
 * started from, and writes one file, once. Not for several threads at a time.
 */
public final class StudentMerger {
    private static final String VELOCITY = "velocity";
    private static final String PENDING = "pending";
    private static final String MERGES = "merges";

    private final BlobFolder blobs;
    private final Aggregator aggregator;
    private Optional<BlobRef> version = Optional.empty();
    private FlatTensors newest;

    public StudentMerger(BlobFolder blobs, Aggregator aggregator) {
        this.blobs = blobs;
        this.aggregator = aggregator;
    }

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
        FlatTensors student = newest(order.newest());
        FlatTensors trained = trained(order.trained());
        if (!student.matches(trained)) {
            throw new UnusableResultException("the worker returned a student of another shape");
        }
        FlatTensors base = order.base().equals(order.newest()) ? student : read(blobs.path(order.base()));
        float[] next;
        Optional<BlobRef> outer = Optional.empty();
        try {
            if (aggregator.hasMomentum()) {
                Momentum before = momentum(order.outer(), student.values().length);
                Aggregator.Merged merged = aggregator.merge(
                        student.values(), base.values(), trained.values(), order.staleness(), before, order.lanes());
                next = merged.student();
                outer = Optional.of(write(merged.momentum()));
            } else {
                next = aggregator.merge(student.values(), base.values(), trained.values(), order.staleness());
            }
        } catch (Aggregator.NotFiniteException e) {
            throw new UnusableResultException(e.getMessage());
        }
        FlatTensors blend = student.with(metadata(trained), next);
        BlobRef written = blobs.stream(blend::write);
        newest = blend;
        version = Optional.of(written);
        return new Blend(written, outer, order.staleness());
    }

    private FlatTensors newest(BlobRef wanted) throws IOException {
        if (!version.equals(Optional.of(wanted))) {
            newest = read(blobs.path(wanted));
            version = Optional.of(wanted);
        }
        return newest;
    }

    private FlatTensors trained(BlobRef blob) throws IOException {
        try {
            return read(blobs.path(blob));
        } catch (NoSuchFileException e) {
            throw new UnusableResultException("the worker returned a student that is not there: " + e.getFile());
        } catch (UserError e) {
            throw new UnusableResultException("the worker returned a student that cannot be read: " + e.getMessage());
        }
    }

    private static FlatTensors read(Path file) {
        return FlatTensors.read(file, StudentTensors::isTrainable);
    }

    /** Moments belong to a lane, not to the student: a blend has none. */
    private static Map<String, String> metadata(FlatTensors trained) {
        Map<String, String> metadata = new LinkedHashMap<>();
        trained.metadata().entrySet().stream()
                .filter(entry -> !StudentTensors.isStepCount(entry.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        return metadata;
    }

    private Momentum momentum(Optional<BlobRef> outer, int size) throws IOException {
        if (outer.isEmpty()) {
            return Momentum.none(size);
        }
        FlatTensors file = FlatTensors.read(blobs.path(outer.get()), name -> true);
        // Alphabetical: pending, velocity.
        float[] pending = new float[size];
        float[] velocity = new float[size];
        FloatBuffer.wrap(file.values()).get(pending).get(velocity);
        return new Momentum(velocity, pending, Integer.parseInt(file.metadata().get(MERGES)));
    }

    private BlobRef write(Momentum momentum) throws IOException {
        int size = momentum.velocity().length;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(PENDING, new long[] {size});
        shapes.put(VELOCITY, new long[] {size});
        float[] values = FloatBuffer.allocate(Math.multiplyExact(2, size))
                .put(momentum.pending())
                .put(momentum.velocity())
                .array();
        FlatTensors file = new FlatTensors(shapes, Map.of(MERGES, Integer.toString(momentum.merges())), values);
        return blobs.stream(file::write);
    }

    /** What a worker returned cannot be merged; the run itself is unharmed. */
    public static final class UnusableResultException extends IOException {
        private static final long serialVersionUID = 1L;

        UnusableResultException(String cause) {
            super(cause);
        }
    }
}
