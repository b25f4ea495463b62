package dev.espalier.worker.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The keys and values in front of a GGUF file's tensors, in the order in which they are put. */
final class GgufMetadata {
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Set<String> keys = new HashSet<>();

    GgufMetadata put(String key, int value) {
        key(key, UINT32);
        number(value);
        return this;
    }

    GgufMetadata put(String key, double value) {
        key(key, FLOAT32);
        number(Float.floatToRawIntBits((float) value));
        return this;
    }

    GgufMetadata put(String key, boolean value) {
        key(key, BOOL);
        bytes.write(value ? 1 : 0);
        return this;
    }

    GgufMetadata put(String key, String value) {
        key(key, STRING);
        text(value);
        return this;
    }

    GgufMetadata strings(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(this::text);
        return this;
    }

    GgufMetadata ints(String key, List<Integer> values) {
        array(key, INT32, values.size());
        values.forEach(this::number);
        return this;
    }

    GgufMetadata floats(String key, float[] values) {
        array(key, FLOAT32, values.length);
        for (float value : values) {
            number(Float.floatToRawIntBits(value));
        }
        return this;
    }

    long count() {
        return keys.size();
    }

    byte[] encoded() {
        return bytes.toByteArray();
    }

    private void key(String key, int type) {
        if (!keys.add(key)) {
            throw new IllegalArgumentException(key + " is there already");
        }
        text(key);
        number(type);
    }

    private void array(String key, int type, int length) {
        key(key, ARRAY);
        number(type);
        length(length);
    }

    private void text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        length(encoded.length);
        bytes.writeBytes(encoded);
    }

    private void length(long value) {
        bytes.writeBytes(little(Long.BYTES).putLong(value).array());
    }

    private void number(int value) {
        bytes.writeBytes(little(Integer.BYTES).putInt(value).array());
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
