package dev.espalier.coordinator.merge;

import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.nio.FloatBuffer;
import java.util.Optional;

/** Looks for numbers that are not finite, a piece of a tensor at a time: it costs one buffer, however large a file is. */
public final class FiniteTensors {
    private static final int PIECE = 1 << 20;

    private FiniteTensors() {}

    /**
     * The first number that is not finite, in one sentence; empty if all are. Tensors of other types than weights have
     * are passed over.
     */
    public static Optional<String> fault(SafetensorsReader reader) {
        FloatBuffer piece = FloatBuffer.allocate(PIECE);
        for (String name : reader.names()) {
            TensorInfo tensor = reader.info(name);
            for (long from = 0; tensor.dtype().isWeight() && from < tensor.elements(); from += PIECE) {
                int count = (int) Math.min(PIECE, tensor.elements() - from);
                reader.readFloats(name, from, count, piece.clear());
                int at = firstNotFinite(piece.array(), count);
                if (at < count) {
                    return Optional.of("tensor " + name + " holds " + piece.get(at) + " at " + (from + at));
                }
            }
        }
        return Optional.empty();
    }

    /** {@code count} if there is none. */
    private static int firstNotFinite(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return count;
    }
}
