package dev.espalier.protocol.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Reads a file once, from front to back, and hashes it on the way: a file of any size costs one buffer. */
public final class HashingReader implements Closeable {
    /** Small enough to stay in a core's cache between being read, hashed and looked at. */
    private static final int BUFFER_BYTES = 1 << 18;

    private final FileChannel file;
    private final MessageDigest digest = Sha256.digest();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long position;

    private HashingReader(FileChannel file) {
        this.file = file;
    }

    public static HashingReader open(Path path) throws IOException {
        return new HashingReader(FileChannel.open(path, StandardOpenOption.READ));
    }

    /** Where in the file the next bytes are. */
    public long position() {
        return position;
    }

    /**
     * The next bytes, little-endian, valid until the next call: as many as were asked for or as the buffer holds, fewer
     * only at the end of the file, and none after it.
     */
    public ByteBuffer next(long most) throws IOException {
        buffer.clear().limit((int) Math.min(most, BUFFER_BYTES));
        while (buffer.hasRemaining() && file.read(buffer) >= 0) {
            // Goes on until the buffer is full or the file over.
        }
        digest.update(buffer.array(), 0, buffer.flip().limit());
        position += buffer.limit();
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Of the whole file; nothing may be read after it.
     *
     * @return 64 lower-case hexadecimal digits
     */
    public String sha256() throws IOException {
        while (next(BUFFER_BYTES).hasRemaining()) {
            // Hashes what nobody asked for.
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
