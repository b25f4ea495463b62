package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;

/**
 * Float32 numbers in row-major order, on the device or in Java. They are read and written a piece at a time: a tensor of
 * a large model is more than a Java array holds.
 */
public sealed interface Numbers {
    long[] shape();

    /** A copy of {@code count} of them, the first of which is at {@code from}. */
    float[] read(long from, int count);

    /** Replaces as many as the piece has, the first of which is at {@code from}. */
    void write(long from, float[] piece);

    /** @param values of shape [n] */
    record InJava(float[] values) implements Numbers {
        @Override
        public long[] shape() {
            return new long[] {values.length};
        }

        @Override
        public float[] read(long from, int count) {
            int start = Math.toIntExact(from);
            return Arrays.copyOfRange(values, start, start + count);
        }

        @Override
        public void write(long from, float[] piece) {
            System.arraycopy(piece, 0, values, Math.toIntExact(from), piece.length);
        }
    }

    /** @param tensor contiguous, of any shape */
    record OnDevice(Torch torch, NDArray tensor) implements Numbers {
        @Override
        public long[] shape() {
            return tensor.getShape().getShape();
        }

        @Override
        public float[] read(long from, int count) {
            try (NDManager scope = torch.scope()) {
                return torch.tensor(scope, "elements", tensor, from, count).toFloatArray();
            }
        }

        @Override
        public void write(long from, float[] piece) {
            try (NDManager scope = torch.scope()) {
                torch.tensor(scope, "copy_range", tensor, from, torch.floats(scope, piece, piece.length));
            }
        }
    }
}
