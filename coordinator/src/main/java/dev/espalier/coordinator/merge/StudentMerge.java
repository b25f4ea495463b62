package dev.espalier.coordinator.merge;

import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.FlatTensorsWriter;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One merge, from files to a file: a piece of each is in memory at a time, and each is read once. */
final class StudentMerge {
    /** Numbers of each file that are in memory: few enough for all of them to stay in a core's cache. */
    static final int PIECE = 1 << 15;

    private final FlatTensors newest;
    private final Optional<FlatTensors> base;
    private final FlatTensors trained;
    private final int staleness;
    private final float[] student = new float[PIECE];
    private final float[] started;
    private final float[] returned = new float[PIECE];

    private StudentMerge(
            FlatTensors newest, Optional<FlatTensors> base, FlatTensors trained, int staleness, boolean delta) {
        this.newest = newest;
        this.base = base;
        this.trained = trained;
        this.staleness = staleness;
        started = base.isPresent() || delta ? new float[PIECE] : student;
    }

    /** @param base the version that training started from; empty if it is the newest */
    static StudentMerge of(FlatTensors newest, Optional<FlatTensors> base, FlatTensors trained, int staleness) {
        return new StudentMerge(newest, base, trained, staleness, false);
    }

    /** @param delta what training changed, as if it had started from zeros */
    static StudentMerge ofDelta(FlatTensors newest, FlatTensors delta, int staleness) {
        return new StudentMerge(newest, Optional.empty(), delta, staleness, true);
    }

    /** Writes the next version. */
    Blend write(BlobFolder blobs, Aggregator aggregator) throws IOException {
        BlobRef written = blobs.stream(out -> {
            FlatTensorsWriter writer = begin(out);
            for (int count = next(); count > 0; count = next()) {
                aggregator.merge(student, started, returned, count, staleness);
                writer.write(student, count);
            }
            writer.finish();
        });
        return new Blend(written, Optional.empty(), staleness);
    }

    /**
     * Writes the next version and the momentum after it, of which the pending gradients come first: they or the velocity
     * change in a merge, and the other part is known before.
     */
    Blend write(BlobFolder blobs, Aggregator aggregator, Optional<BlobRef> outer, int lanes) throws IOException {
        BlobRef[] written = new BlobRef[1];
        try (MomentumFile memory = MomentumFile.open(blobs, outer, newest.size())) {
            boolean moves = Aggregator.moves(memory.merges(), lanes);
            BlobRef momentum = blobs.stream(out -> {
                FlatTensorsWriter after = MomentumFile.begin(out, newest.size(), moves ? 0 : memory.merges() + 1);
                if (moves) {
                    fill(after, zeros -> {});
                }
                written[0] = blobs.stream(next -> write(next, aggregator, memory, moves, after));
                if (!moves) {
                    fill(after, memory::nextVelocity);
                }
                after.finish();
            });
            return new Blend(written[0], Optional.of(momentum), staleness);
        }
    }

    private void write(
            WritableByteChannel out, Aggregator aggregator, MomentumFile memory, boolean moves, FlatTensorsWriter after)
            throws IOException {
        FlatTensorsWriter writer = begin(out);
        Aggregator.Momentum momentum = new Aggregator.Momentum(new float[PIECE], new float[PIECE]);
        for (int count = next(); count > 0; count = next()) {
            memory.nextPending(momentum.pending());
            if (moves) {
                memory.nextVelocity(momentum.velocity());
            }
            aggregator.merge(student, started, returned, count, staleness, momentum, moves);
            writer.write(student, count);
            after.write(moves ? momentum.velocity() : momentum.pending(), count);
        }
        writer.finish();
    }

    private interface Source {
        void next(float[] into);
    }

    private void fill(FlatTensorsWriter after, Source source) throws IOException {
        float[] piece = new float[PIECE];
        for (long left = newest.size(); left > 0; left -= PIECE) {
            source.next(piece);
            after.write(piece, (int) Math.min(PIECE, left));
        }
    }

    private FlatTensorsWriter begin(WritableByteChannel out) throws IOException {
        return new FlatTensorsWriter(out, newest.shapes(), metadata());
    }

    /** Reads a piece of each file; 0 at the end. */
    private int next() {
        if (base.isPresent()) {
            base.get().read(started);
        }
        trained.read(returned);
        return newest.read(student);
    }

    /** Moments belong to a lane, not to the student: a blend has none. */
    private Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        trained.metadata().entrySet().stream()
                .filter(entry -> StudentTensors.isSetting(entry.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        return metadata;
    }
}
