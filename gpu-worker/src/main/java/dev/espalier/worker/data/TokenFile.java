package dev.espalier.worker.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The file format of token caches, all little endian: magic (8 bytes), tokens (8), documents (8), CRC-32C of the tokens
 * (8), then the tokens, 4 bytes each.
 */
final class TokenFile {
    static final int VERSION = 1;
    static final long MAGIC = 0x314b4f544c505345L; // "ESPLTOK1"
    static final int HEADER = 32;

    /** Tokens a mapping: 1 GiB, since one Java buffer ends at 2. */
    static final int SEGMENT = 1 << 28;

    private TokenFile() {}

    static ByteBuffer header(long tokens, long documents, long crc) {
        return ByteBuffer.allocate(HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MAGIC)
                .putLong(tokens)
                .putLong(documents)
                .putLong(crc)
                .flip();
    }

    /** Maps the file; empty if it is not a complete, undamaged one. */
    static Optional<TokenCache> read(Path file, FileChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        if (channel.size() < HEADER || channel.read(header, 0) != HEADER) {
            return Optional.empty();
        }
        header.flip();
        long magic = header.getLong();
        long tokens = header.getLong();
        long documents = header.getLong();
        long crc = header.getLong();
        long data = channel.size() - HEADER;
        if (magic != MAGIC || data % Integer.BYTES != 0 || tokens != data / Integer.BYTES) {
            return Optional.empty();
        }
        CRC32C check = new CRC32C();
        List<IntBuffer> segments = new ArrayList<>();
        for (long from = 0; from < tokens; from += SEGMENT) {
            long bytes = Math.min(SEGMENT, tokens - from) * Integer.BYTES;
            ByteBuffer map = channel.map(MapMode.READ_ONLY, HEADER + from * Integer.BYTES, bytes);
            check.update(map.duplicate());
            segments.add(map.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer());
        }
        return check.getValue() == crc
                ? Optional.of(new TokenCache(file, segments, tokens, documents))
                : Optional.empty();
    }
}
