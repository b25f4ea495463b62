package dev.espalier.worker.data.files;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipException;

/**
 * A file's bytes, decompressed if its name says that they are compressed. What comes out is bounded by what goes in, so
 * that a small file fills no disk, and a damaged or truncated one ends in an error that says so, never in a shorter text.
 */
final class Unpacked extends FilterInputStream {
    /** So much may come out of any file. */
    private static final long FREE_BYTES = 1L << 28;

    /** Ten times what text is packed to at its best, and a fifth of what gzip makes of nothing but zeros. */
    private static final int MOST_RATIO = 200;

    private static final int BUFFER = 1 << 16;

    private final TextFormat.Packing packing;
    private final CountedInput packed;
    private final long free;
    private long bytes;

    private Unpacked(TextFormat.Packing packing, CountedInput packed, InputStream in, long free) {
        super(in);
        this.free = free;
        this.packing = packing;
        this.packed = packed;
    }

    /** @throws IOException whose message tells what is wrong with the file; so does what is thrown while reading */
    static InputStream open(Path file) throws IOException {
        return open(file, FREE_BYTES);
    }

    /** @param free bytes that may come out whatever the ratio */
    static InputStream open(Path file, long free) throws IOException {
        InputStream raw = Files.newInputStream(file);
        TextFormat.Packing packing = TextFormat.packing(file);
        if (packing == TextFormat.Packing.NONE) {
            return raw;
        }
        CountedInput packed = new CountedInput(new BufferedInputStream(raw, BUFFER));
        try {
            return new Unpacked(
                    packing,
                    packed,
                    packing == TextFormat.Packing.GZIP
                            ? new WholeGzip(packed, BUFFER)
                            : new ZstdInputStreamNoFinalizer(packed),
                    free);
        } catch (IOException e) {
            packed.close();
            throw told(packing, e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int n;
        try {
            n = super.read(into, offset, length);
        } catch (IOException e) {
            throw told(packing, e);
        }
        bytes += Math.max(0, n);
        if (bytes > free && bytes / MOST_RATIO > packed.bytes()) {
            throw new IOException("it expands to more than " + MOST_RATIO
                    + " times its size, which text does not; if it is right all the same, unpack it first");
        }
        return n;
    }

    private static IOException told(TextFormat.Packing packing, IOException e) {
        if (e instanceof ZstdIOException zstd && zstd.getErrorCode() == Zstd.errFrameParameterWindowTooLarge()) {
            return new IOException("it was made with zstd --long and takes too much memory; unpack it first", e);
        }
        if (e instanceof EOFException || e instanceof ZipException || e instanceof ZstdIOException) {
            String name = packing == TextFormat.Packing.GZIP ? "gzip" : "zstd";
            return new IOException(
                    "it is truncated, damaged, or no " + name + " data (" + e.getMessage() + "); copy it again", e);
        }
        return e;
    }
}
