package dev.espalier.worker.data.parquet;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of one column chunk. */
final class ChunkInput extends InputStream {
    private final FileChannel file;
    private final long end;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
    private long position;

    ChunkInput(FileChannel file, long from, long end) {
        this.file = file;
        this.position = from;
        this.end = end;
    }

    long remaining() {
        return end - position + buffer.remaining();
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0 || !fill()) {
            return length == 0 ? 0 : -1;
        }
        int n = Math.min(length, buffer.remaining());
        buffer.get(into, offset, n);
        return n;
    }

    /** @throws IOException if the chunk has fewer bytes left; none are reserved for them then */
    byte[] bytes(int length) throws IOException {
        if (length < 0 || length > remaining()) {
            throw new EOFException("a page is said to have " + length + " bytes, and its column has " + remaining());
        }
        return readNBytes(length);
    }

    private boolean fill() throws IOException {
        if (!buffer.hasRemaining()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
            int n = buffer.hasRemaining() ? Math.max(0, file.read(buffer, position)) : 0;
            buffer.flip();
            position += n;
        }
        return buffer.hasRemaining();
    }
}
