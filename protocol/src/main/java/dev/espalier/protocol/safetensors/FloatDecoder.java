package dev.espalier.protocol.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads weights as floats, a piece at a time through one reused buffer; for one thread. Reading is several times faster
 * than mapping, for whoever comes by once: a map is paid for page by page.
 */
final class FloatDecoder {
    /** Small enough to stay in a core's cache until it has become floats. */
    private static final int MOST_BYTES = 1 << 18;

    private final ByteBuffer bytes;

    /** @param mostBytes the buffer need not hold more at a time */
    FloatDecoder(long mostBytes) {
        bytes = ByteBuffer.allocateDirect((int) Math.min(mostBytes, MOST_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    FloatDecoder() {
        this(MOST_BYTES);
    }

    /** Elements {@code from .. from + count - 1} of the tensor, widened to fp32, at the buffer's position. */
    void read(FileChannel channel, TensorInfo tensor, long from, int count, FloatBuffer into) throws IOException {
        int width = tensor.dtype().bytes();
        int most = bytes.capacity() / width;
        for (int done = 0; done < count; done += most) {
            int n = Math.min(most, count - done);
            fill(channel, tensor, tensor.position() + (from + done) * width, n * width);
            if (tensor.dtype() == Dtype.F32) {
                into.put(bytes.asFloatBuffer());
            } else {
                widen(bytes.asShortBuffer(), tensor.dtype(), into);
            }
        }
    }

    private void fill(FileChannel channel, TensorInfo tensor, long position, int count) throws IOException {
        bytes.clear().limit(count);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new EOFException(tensor.file() + " became shorter while it was read");
            }
        }
        bytes.flip();
    }

    private static void widen(ShortBuffer from, Dtype dtype, FloatBuffer into) {
        short[] halves = new short[from.remaining()];
        float[] wide = new float[halves.length];
        from.get(halves);
        if (dtype == Dtype.BF16) {
            for (int i = 0; i < halves.length; i++) {
                wide[i] = HalfPrecision.fromBf16(halves[i]);
            }
        } else {
            for (int i = 0; i < halves.length; i++) {
                wide[i] = HalfPrecision.fromF16(halves[i]);
            }
        }
        into.put(wide);
    }
}
