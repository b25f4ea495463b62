package dev.espalier.worker.data.files;

import java.io.IOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * All members of a gzip file. The JDK's stream takes whatever follows a member and is no whole header for the end of the
 * file, so that a file which was cut there, or has other bytes appended, would be a shorter text; here it is an error.
 */
final class WholeGzip extends GZIPInputStream {
    private static final int TRAILER = 8;

    private final CountedInput source;
    private long filledTo;

    WholeGzip(CountedInput source, int buffer) throws IOException {
        super(source, buffer);
        this.source = source;
    }

    @Override
    protected void fill() throws IOException {
        super.fill();
        filledTo = source.bytes();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n < 0) {
            long end = filledTo - inf.getRemaining() + TRAILER;
            if (end != source.bytes() || source.read() >= 0) {
                throw new ZipException("byte " + end + " and what follows are no gzip data");
            }
        }
        return n;
    }
}
