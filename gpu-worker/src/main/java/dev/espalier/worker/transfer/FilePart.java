package dev.espalier.worker.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/** Bytes of a file from an offset on, as a request's body that knows how much of it has gone. */
final class FilePart extends InputStream implements Supplier<InputStream> {
    private final Path file;
    private final long first;
    private final long length;
    private volatile long sent;
    private FileChannel channel;

    FilePart(Path file, long first, long length) {
        this.file = file;
        this.first = first;
        this.length = length;
    }

    long sent() {
        return sent;
    }

    /** Called once, when the body is asked for. */
    @Override
    public InputStream get() {
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int wanted = (int) Math.min(count, length - sent);
        if (wanted == 0) {
            return -1;
        }
        int read = channel.read(ByteBuffer.wrap(target, offset, wanted), first + sent);
        if (read > 0) {
            sent += read;
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
