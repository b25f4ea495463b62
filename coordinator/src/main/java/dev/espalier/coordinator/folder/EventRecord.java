package dev.espalier.coordinator.folder;

import dev.espalier.coordinator.tensorboard.EventWire.Event;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * An event as a record of an event file (TFRecord): length (8 bytes, little-endian), its checksum (4), the event, its
 * checksum (4). Checksums are CRC-32C, masked, since a checksum over bytes that hold checksums tells little.
 */
final class EventRecord {
    private static final int MASK = 0xa282ead8;

    private EventRecord() {}

    static byte[] of(Event event) {
        byte[] content = event.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + content.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(content.length);
        record.putInt(masked(record.array(), Long.BYTES)).put(content).putInt(masked(content, content.length));
        return record.array();
    }

    /** Of the first {@code length} bytes. */
    private static int masked(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return Integer.rotateRight((int) checksum.getValue(), 15) + MASK;
    }
}
