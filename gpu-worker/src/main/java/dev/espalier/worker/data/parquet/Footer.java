package dev.espalier.worker.data.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;

/**
 * What stands at a Parquet file's end: its schema, and where its columns are.
 *
 * @param start where it begins, and the columns end
 */
record Footer(FileMetaData data, long start) {
    private static final int MAGIC = 0x31524150; // "PAR1"
    private static final int ENCRYPTED = 0x45524150; // "PARE"
    private static final int TAIL = 8;
    private static final int MAX_BYTES = 1 << 28;

    /** @throws IOException whose message tells what is wrong with the file */
    static Footer read(FileChannel file) throws IOException {
        long size = file.size();
        if (size < TAIL + Integer.BYTES) {
            throw new IOException("it is too short for a Parquet file");
        }
        ByteBuffer tail = bytes(file, size - TAIL, TAIL);
        long length = Integer.toUnsignedLong(tail.getInt());
        int magic = tail.getInt();
        if (magic == ENCRYPTED) {
            throw new IOException("it is encrypted");
        }
        if (magic != MAGIC || bytes(file, 0, Integer.BYTES).getInt() != MAGIC) {
            throw new IOException(
                    "it is truncated or no Parquet file: PAR1 does not stand at its beginning and its end");
        }
        long start = size - TAIL - length;
        if (start < Integer.BYTES || length > MAX_BYTES) {
            throw new IOException("its footer is said to have " + length + " bytes of " + size);
        }
        byte[] footer = bytes(file, start, (int) length).array();
        return new Footer(Util.readFileMetaData(new ByteArrayInputStream(footer)), start);
    }

    private static ByteBuffer bytes(FileChannel file, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new IOException("it ends while it is read");
            }
        }
        return bytes.flip();
    }
}
