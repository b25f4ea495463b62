package dev.espalier.worker.gguf;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.PendingFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a GGUF file of version 3, little-endian: metadata and tensors' names are known first, rows follow in their order
 * and are held no longer than a buffer. Nothing is visible before {@link #finish()}.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
final class GgufWriter implements AutoCloseable {
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 3;

    /** The format's default, which every tensor's data is aligned to. */
    private static final int ALIGNMENT = 32;

    private static final int BUFFER = 1 << 20;

    /** @param shape outermost first; the file has it the other way round */
    record Tensor(String name, long[] shape, GgufType type) {
        long bytes() {
            long numbers = 1;
            for (long dimension : shape) {
                numbers *= dimension;
            }
            return type.bytes(numbers);
        }
    }

    private final Path file;
    private final List<Tensor> tensors;
    private final PendingFile pending;
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    private long written;
    private int current = -1;
    private long end;

    /** @throws UserError if the file cannot be written */
    GgufWriter(Path file, GgufMetadata metadata, List<Tensor> tensors) {
        this.file = file;
        this.tensors = List.copyOf(tensors);
        this.pending = PendingFile.create(file);
        try {
            header(metadata);
        } catch (RuntimeException e) {
            pending.close();
            throw e;
        }
        this.end = written + buffer.position();
    }

    private void header(GgufMetadata metadata) {
        room(Integer.BYTES * 2 + Long.BYTES * 2);
        buffer.put(MAGIC).putInt(VERSION).putLong(tensors.size()).putLong(metadata.count());
        bytes(metadata.encoded());
        long offset = 0;
        for (Tensor tensor : tensors) {
            byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
            room(name.length + Long.BYTES * (2 + tensor.shape().length) + Integer.BYTES * 2);
            buffer.putLong(name.length).put(name).putInt(tensor.shape().length);
            for (int i = tensor.shape().length - 1; i >= 0; i--) {
                buffer.putLong(tensor.shape()[i]);
            }
            buffer.putInt(tensor.type().id()).putLong(offset);
            offset = aligned(offset + tensor.bytes());
        }
        align();
    }

    /** Begins the next tensor. */
    void next(String name) {
        requireWhole();
        align();
        current++;
        if (!tensors.get(current).name().equals(name)) {
            throw new IllegalArgumentException(name + " comes before its turn, which is "
                    + tensors.get(current).name() + "'s");
        }
        end = written + buffer.position() + tensors.get(current).bytes();
    }

    /**
     * The current tensor's next row.
     *
     * @throws UserError if a number is none, or too large for the type
     */
    void row(float[] row) {
        Tensor tensor = tensors.get(current);
        room((int) tensor.type().bytes(row.length));
        if (!tensor.type().encode(row, buffer)) {
            throw new UserError(tensor.name() + " holds a number that is not finite as "
                    + tensor.type().word() + " in " + file + ": write f32 or bf16, or look at the source's weights");
        }
    }

    void finish() {
        requireWhole();
        if (current != tensors.size() - 1) {
            throw new IllegalStateException(
                    "not written: " + new ArrayList<>(tensors.subList(current + 1, tensors.size())));
        }
        // ggml reads whole blocks of the alignment
        align();
        flush();
        pending.publish();
    }

    private void requireWhole() {
        if (written + buffer.position() != end) {
            throw new IllegalStateException(
                    tensors.get(current).name() + " has not as many rows as it was declared with");
        }
    }

    private void align() {
        long at = written + buffer.position();
        bytes(new byte[(int) (aligned(at) - at)]);
    }

    private static long aligned(long position) {
        return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void bytes(byte[] content) {
        room(content.length);
        buffer.put(content);
    }

    private void room(int bytes) {
        if (buffer.remaining() >= bytes) {
            return;
        }
        flush();
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private void flush() {
        buffer.flip();
        int bytes = buffer.remaining();
        pending.write(buffer, written);
        written += bytes;
        buffer.clear();
    }

    @Override
    public void close() {
        pending.close();
    }
}
