package dev.espalier.protocol.files;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Writes a file and hashes it on the way. */
final class HashingChannel implements WritableByteChannel {
    private final FileChannel file;
    private final MessageDigest digest = Sha256.digest();
    private long bytes;

    private HashingChannel(FileChannel file) {
        this.file = file;
    }

    static HashingChannel open(Path path) throws IOException {
        return new HashingChannel(
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING));
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        ByteBuffer written = source.duplicate();
        int count = file.write(source);
        digest.update(written.limit(written.position() + count));
        bytes += count;
        return count;
    }

    /** What was written; nothing may be written after it. */
    BlobRef finish() {
        return new BlobRef(HexFormat.of().formatHex(digest.digest()), bytes);
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
