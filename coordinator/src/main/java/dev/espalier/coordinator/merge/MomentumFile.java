package dev.espalier.coordinator.merge;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.FlatTensorsWriter;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The momentum after a merge, on disk: {@code pending} and then {@code velocity}, each as long as the student, whose
 * numbers they belong to in the same order. Read a piece at a time; before the first merge it is all zeros.
 */
final class MomentumFile implements AutoCloseable {
    private static final String VELOCITY = "velocity";
    private static final String PENDING = "pending";
    private static final String MERGES = "merges";

    private final Optional<FlatTensors> pending;
    private final Optional<FlatTensors> velocity;

    private MomentumFile(Optional<FlatTensors> pending, Optional<FlatTensors> velocity) {
        this.pending = pending;
        this.velocity = velocity;
    }

    /**
     * @param file empty before the first merge
     * @param size how many numbers the student has
     */
    static MomentumFile open(BlobFolder blobs, Optional<BlobRef> file, long size) throws IOException {
        if (file.isEmpty()) {
            return new MomentumFile(Optional.empty(), Optional.empty());
        }
        FlatTensors pending = FlatTensors.open(blobs.path(file.get()), PENDING::equals);
        FlatTensors velocity = FlatTensors.open(blobs.path(file.get()), VELOCITY::equals);
        MomentumFile momentum = new MomentumFile(Optional.of(pending), Optional.of(velocity));
        if (pending.size() != size || velocity.size() != size) {
            momentum.close();
            throw new IOException("the momentum " + file.get().sha256() + " is of " + pending.size()
                    + " numbers, and the student has " + size);
        }
        return momentum;
    }

    /** Merges since the momentum last moved. */
    int merges() {
        return pending.map(file -> Integer.parseInt(file.metadata().get(MERGES)))
                .orElse(0);
    }

    void nextPending(float[] into) {
        next(pending, into);
    }

    void nextVelocity(float[] into) {
        next(velocity, into);
    }

    private static void next(Optional<FlatTensors> tensors, float[] into) {
        if (tensors.isPresent()) {
            tensors.get().read(into);
        } else {
            Arrays.fill(into, 0);
        }
    }

    /**
     * Begins the file that follows; its numbers are to be written in order.
     *
     * @param merges since the momentum last moved
     */
    static FlatTensorsWriter begin(WritableByteChannel out, long size, int merges) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(PENDING, new long[] {size});
        shapes.put(VELOCITY, new long[] {size});
        return new FlatTensorsWriter(out, shapes, Map.of(MERGES, Integer.toString(merges)));
    }

    @Override
    public void close() {
        pending.ifPresent(FlatTensors::close);
        velocity.ifPresent(FlatTensors::close);
    }
}
