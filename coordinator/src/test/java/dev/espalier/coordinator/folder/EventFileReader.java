package dev.espalier.coordinator.folder;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads an event file by the published format alone, with nothing of what writes it; like TensorBoard, up to a torn end. */
public final class EventFileReader {
    /** CRC-32C's polynomial, reflected. */
    private static final int CASTAGNOLI = 0x82f63b78;

    private EventFileReader() {}

    /** @param version of an event that tells a file's version, else empty */
    public record Told(double wallTime, long step, String version, Map<String, Float> values) {}

    /** The steps that the one event file of a folder tells that is not empty. */
    public static List<Told> steps(Path folder) throws IOException {
        List<Path> files = new ArrayList<>(EventFile.files(folder));
        files.removeIf(file -> file.toFile().length() == 0);
        assertThat(files).as("event files in " + folder).hasSize(1);
        List<Told> events = read(files.get(0));
        assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
        return events.stream().filter(event -> !event.values().isEmpty()).toList();
    }

    static List<Told> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Told> events = new ArrayList<>();
        while (bytes.remaining() >= 12) {
            byte[] head = new byte[8];
            bytes.get(bytes.position(), head);
            int length = Math.toIntExact(bytes.getLong());
            assertThat(bytes.getInt()).as("checksum of a length").isEqualTo(masked(head));
            if (bytes.remaining() < length + 4) {
                break;
            }
            byte[] content = new byte[length];
            bytes.get(content);
            assertThat(bytes.getInt()).as("checksum of an event").isEqualTo(masked(content));
            events.add(event(CodedInputStream.newInstance(content)));
        }
        return events;
    }

    private static int masked(byte[] bytes) {
        int crc = -1;
        for (byte one : bytes) {
            crc ^= one & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ CASTAGNOLI;
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    private static Told event(CodedInputStream in) throws IOException {
        double wallTime = 0;
        long step = 0;
        String version = "";
        Map<String, Float> values = new LinkedHashMap<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> wallTime = in.readDouble();
                case 2 -> step = in.readInt64();
                case 3 -> version = in.readString();
                case 5 -> summary(CodedInputStream.newInstance(in.readByteArray()), values);
                case 7 -> assertThat(in.readByteArray()).as("session log").containsExactly(8, 1);
                default -> throw new IOException("an event has field " + WireFormat.getTagFieldNumber(tag));
            }
        }
        return new Told(wallTime, step, version, values);
    }

    private static void summary(CodedInputStream in, Map<String, Float> values) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            assertThat(WireFormat.getTagFieldNumber(tag)).isEqualTo(1);
            CodedInputStream value = CodedInputStream.newInstance(in.readByteArray());
            assertThat(WireFormat.getTagFieldNumber(value.readTag())).isEqualTo(1);
            String name = value.readString();
            assertThat(WireFormat.getTagFieldNumber(value.readTag())).isEqualTo(2);
            assertThat(values.put(name, value.readFloat()))
                    .as(name + " of one step")
                    .isNull();
        }
    }
}
