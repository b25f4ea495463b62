package dev.espalier.protocol.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The checked header of one safetensors file: 8 bytes little-endian length, that much JSON, then the tensors' bytes
 * without gap or overlap up to the end of the file.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    private static final int LENGTH_FIELD = 8;
    private static final long MAX_HEADER = 100_000_000;
    private static final String METADATA = "__metadata__";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Reads and checks the header; no claim of the file is used before it was compared with the file's real size. */
    static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_FIELD) {
            throw broken(file, "it has only " + size + " bytes (an interrupted download?)");
        }
        long length = readFully(channel, 0, LENGTH_FIELD, file).getLong();
        if (length < 0 || length > MAX_HEADER || length > size - LENGTH_FIELD) {
            throw broken(
                    file,
                    "its header claims " + Long.toUnsignedString(length) + " bytes of a file of " + size
                            + " (truncated, or no safetensors file)");
        }
        JsonNode root =
                parse(file, readFully(channel, LENGTH_FIELD, (int) length, file).array());
        return new Parser(file, LENGTH_FIELD + length, size).parse(root);
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int length, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw broken(file, "it became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private static JsonNode parse(Path file, byte[] header) throws IOException {
        if (header.length == 0 || header[0] != '{') {
            throw broken(file, "its header is no JSON object");
        }
        try {
            JsonNode root = JSON.readTree(header);
            if (!root.isObject()) {
                throw broken(file, "its header is no JSON object");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw broken(file, "its header is not valid JSON: " + e.getOriginalMessage());
        }
    }

    private static UserError broken(Path file, String reason) {
        return new UserError(file + " is not a valid safetensors file: " + brief(reason) + ". Get the file again.");
    }

    /** Quoted parts of a hostile header may be megabytes long. */
    private static String brief(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "...";
    }

    private record Parser(Path file, long dataStart, long fileSize) {

        SafetensorsHeader parse(JsonNode root) {
            Map<String, TensorInfo> tensors = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> field : root.properties()) {
                if (field.getKey().equals(METADATA)) {
                    readMetadata(field.getValue(), metadata);
                } else {
                    tensors.put(field.getKey(), tensor(field.getKey(), field.getValue()));
                }
            }
            checkLayout(tensors);
            return new SafetensorsHeader(Map.copyOf(tensors), Map.copyOf(metadata));
        }

        private void readMetadata(JsonNode node, Map<String, String> into) {
            if (!node.isObject()) {
                throw broken(file, METADATA + " is no JSON object");
            }
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                if (!field.getValue().isTextual()) {
                    throw broken(file, METADATA + " has a value that is no string, at '" + field.getKey() + "'");
                }
                into.put(field.getKey(), field.getValue().textValue());
            }
        }

        private TensorInfo tensor(String name, JsonNode node) {
            JsonNode type = node.path("dtype");
            Optional<Dtype> dtype = type.isTextual() ? Dtype.byName(type.textValue()) : Optional.empty();
            if (dtype.isEmpty()) {
                throw new UserError(file + ": " + brief("tensor '" + name + "' has the dtype " + type)
                        + ", which is not supported. Supported are F32, F16 and BF16 for weights,"
                        + " and F64, I64, I32 and U8 beside them.");
            }
            long[] shape = longs(name, "shape", node.path("shape"));
            long[] offsets = longs(name, "data_offsets", node.path("data_offsets"));
            long available = fileSize - dataStart;
            if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > available) {
                throw broken(
                        file,
                        "tensor '" + name + "' claims the bytes " + node.path("data_offsets") + " of " + available
                                + " (truncated?)");
            }
            long byteLength = offsets[1] - offsets[0];
            if (byteLength != sizeOf(name, dtype.get(), shape)) {
                throw broken(
                        file,
                        "tensor '" + name + "' of shape " + node.path("shape") + " in " + dtype.get() + " occupies "
                                + byteLength + " bytes");
            }
            return new TensorInfo(name, dtype.get(), shape, file, dataStart + offsets[0], byteLength);
        }

        private long[] longs(String name, String key, JsonNode node) {
            if (!node.isArray()) {
                throw broken(file, "tensor '" + name + "' has no list " + key);
            }
            long[] values = new long[node.size()];
            for (int i = 0; i < values.length; i++) {
                JsonNode value = node.get(i);
                if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
                    throw broken(file, "tensor '" + name + "' has the value " + value + " in its " + key);
                }
                values[i] = value.longValue();
            }
            return values;
        }

        private long sizeOf(String name, Dtype dtype, long[] shape) {
            try {
                long size = dtype.bytes();
                for (long dimension : shape) {
                    size = Math.multiplyExact(size, dimension);
                }
                return size;
            } catch (ArithmeticException e) {
                throw broken(file, "the size of tensor '" + name + "' overflows");
            }
        }

        /** Every byte after the header belongs to exactly one tensor. */
        private void checkLayout(Map<String, TensorInfo> tensors) {
            List<TensorInfo> ordered = new ArrayList<>(tensors.values());
            ordered.sort(Comparator.comparingLong(TensorInfo::position).thenComparingLong(TensorInfo::byteLength));
            long end = dataStart;
            for (TensorInfo tensor : ordered) {
                if (tensor.position() != end) {
                    throw broken(
                            file,
                            "tensor '" + tensor.name() + "' "
                                    + (tensor.position() < end ? "overlaps another" : "follows a gap"));
                }
                end += tensor.byteLength();
            }
            if (end != fileSize) {
                throw broken(file, (fileSize - end) + " bytes at its end belong to no tensor");
            }
        }
    }
}
