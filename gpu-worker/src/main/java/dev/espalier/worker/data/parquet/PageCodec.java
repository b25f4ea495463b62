package dev.espalier.worker.data.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.snappy.SnappyCompressorInputStream;
import org.apache.parquet.format.CompressionCodec;

/** Decompresses pages, each to the size that its header tells and to no other. */
final class PageCodec {
    /** Pages are a mebibyte as a rule. */
    static final int MAX_BYTES = 1 << 28;

    /** So far back may Snappy's copies reach: its own compressor's reach 64 KiB. */
    private static final int SNAPPY_WINDOW = 1 << 20;

    private PageCodec() {}

    /** @throws IOException if the codec is not read, the bytes are damaged, or are not of that size */
    static byte[] unpacked(CompressionCodec codec, byte[] packed, int size) throws IOException {
        if (size < 0 || size > MAX_BYTES) {
            throw new IOException("a page is said to have " + size + " bytes");
        }
        if (codec == CompressionCodec.UNCOMPRESSED) {
            return exactly(packed, size);
        }
        if (codec == CompressionCodec.ZSTD) {
            byte[] bytes = new byte[size];
            long found = Zstd.decompress(bytes, packed);
            if (found != size) {
                throw new IOException("a page is damaged"
                        + (Zstd.isError(found) ? " (" + Zstd.getErrorName(found) + ")" : ": it is too short"));
            }
            return bytes;
        }
        try (InputStream in = stream(codec, new ByteArrayInputStream(packed))) {
            byte[] bytes = in.readNBytes(size);
            if (in.read() >= 0) {
                throw new IOException("a page has more bytes than is said");
            }
            return exactly(bytes, size);
        }
    }

    private static byte[] exactly(byte[] bytes, int size) throws IOException {
        if (bytes.length != size) {
            throw new IOException("a page has " + bytes.length + " bytes instead of " + size);
        }
        return bytes;
    }

    private static InputStream stream(CompressionCodec codec, InputStream packed) throws IOException {
        return switch (codec) {
            case GZIP -> new GZIPInputStream(packed);
            case SNAPPY -> new SnappyCompressorInputStream(packed, SNAPPY_WINDOW);
            case LZ4_RAW -> new BlockLZ4CompressorInputStream(packed);
            default ->
                throw new IOException("it is compressed with " + codec
                        + ", which is not read: write it again with zstd, snappy, gzip or lz4_raw");
        };
    }
}
