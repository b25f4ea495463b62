package dev.espalier.protocol.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Map;

/**
 * Writes a safetensors file of float32 tensors from front to back, as {@link FlatTensors} reads it: one sequence of
 * numbers, whichever tensor they belong to. It costs one buffer, however long the sequence is.
 */
public final class FlatTensorsWriter {
    private final WritableByteChannel out;
    private final FloatEncoder encoder = new FloatEncoder(Dtype.F32);
    private long missing;

    /**
     * Writes the header.
     *
     * @param shapes of the tensors, in the order of their numbers
     * @param metadata the file's free strings
     */
    public FlatTensorsWriter(WritableByteChannel out, Map<String, long[]> shapes, Map<String, String> metadata)
            throws IOException {
        this.out = out;
        missing = shapes.values().stream().mapToLong(TensorInfo::elements).sum();
        byte[] header = ShardFile.header(shapes, name -> Dtype.F32, metadata);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
        drain(start.putLong(header.length).put(header).flip());
    }

    /** Writes the first {@code count} of the array, which are the next of the sequence. */
    public void write(float[] values, int count) throws IOException {
        if (count > missing) {
            throw new IllegalArgumentException("the tensors have " + missing + " more numbers, not " + count);
        }
        FloatBuffer data = FloatBuffer.wrap(values, 0, count);
        while (data.hasRemaining()) {
            drain(encoder.next(data));
        }
        missing -= count;
    }

    /** @throws IllegalStateException if numbers are missing */
    public void finish() {
        if (missing > 0) {
            throw new IllegalStateException(missing + " numbers of the tensors were not written");
        }
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
