package dev.espalier.worker.data;

import dev.espalier.protocol.files.PendingFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Writes a {@link TokenFile}; nothing is visible until {@link #finish()}. */
final class TokenFileWriter implements AutoCloseable {
    private final PendingFile file;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private long position = TokenFile.HEADER;
    private long tokens;
    private long documents;

    private TokenFileWriter(PendingFile file) {
        this.file = file;
    }

    static TokenFileWriter create(Path target) {
        return new TokenFileWriter(PendingFile.create(target));
    }

    void addDocument(int[] ids) {
        for (int id : ids) {
            put(id);
        }
        if (ids.length > 0) {
            documents++;
        }
    }

    void separate(int id) {
        put(id);
    }

    private void put(int id) {
        if (!buffer.hasRemaining()) {
            flush();
        }
        buffer.putInt(id);
        tokens++;
    }

    private void flush() {
        buffer.flip();
        int length = buffer.remaining();
        crc.update(buffer.duplicate());
        file.write(buffer, position);
        position += length;
        buffer.clear();
    }

    long tokens() {
        return tokens;
    }

    long documents() {
        return documents;
    }

    void finish() {
        flush();
        file.write(TokenFile.header(tokens, documents, crc.getValue()), 0);
        file.publish();
    }

    @Override
    public void close() {
        file.close();
    }
}
