package dev.espalier.worker.data.parquet;

import java.io.IOException;

/**
 * How much may come out of a Parquet file, and out of a row of it: a few bytes can stand for one text many times. Counted
 * while a row is built, since a single one may be more than memory holds.
 */
final class TextBound {
    /** So much may come out of any file; beyond, it is bounded as that of compressed files is. A row of JSON has no more, either. */
    private static final long FREE_BYTES = 1L << 28;

    private static final int MOST_RATIO = 200;

    private final long fileBytes;
    private final long free;
    private long bytes;
    private long ofRow;

    /** @param fileBytes size of the file */
    TextBound(long fileBytes) {
        this(fileBytes, FREE_BYTES);
    }

    /** @param free the most of a row, and of a file however small it is; in bytes */
    TextBound(long fileBytes, long free) {
        this.fileBytes = fileBytes;
        this.free = free;
    }

    /** Another row begins. */
    void nextRow() {
        ofRow = 0;
    }

    /**
     * A value is about to be made of so many bytes.
     *
     * @throws IOException if it is one too many
     */
    void take(long more) throws IOException {
        ofRow += Long.BYTES + more;
        bytes += Long.BYTES + more;
        if (bytes > free && bytes / MOST_RATIO > fileBytes) {
            throw new IOException("its text is more than " + MOST_RATIO + " times as large as the file");
        }
        if (ofRow > free) {
            throw new IOException("it is longer than " + (free >> 20) + " MiB; split that document");
        }
    }
}
