package dev.espalier.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * A model that fits into no memory: many layers of huge FFNs, in a sparse file that takes no room on the disk. Its weights
 * are stored in bfloat16, so that they have to be widened; float32 would stay in the file.
 */
final class LargeModel {
    private LargeModel() {}

    /** Makes a tiny model large. */
    static void in(Path folder) throws IOException {
        Path weights = folder.resolve("model.safetensors");
        Path configFile = folder.resolve("config.json");
        int layers = 64;
        long intermediate = 1L << 24;
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode) json.readTree(configFile.toFile());
        config.put("num_hidden_layers", layers).put("intermediate_size", intermediate);
        json.writeValue(configFile.toFile(), config);

        ObjectNode small = header(weights);
        ObjectNode large = json.createObjectNode();
        long end = 0;
        for (Iterator<String> names = small.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            long[] shape = json.convertValue(small.get(name).path("shape"), long[].class);
            if (name.contains("mlp.")) {
                shape[name.contains("down_proj") ? 1 : 0] = intermediate;
            }
            long size = Short.BYTES * Arrays.stream(shape).reduce(1, Math::multiplyExact);
            for (int layer = 0; layer < (name.contains("layers.0.") ? layers : 1); layer++) {
                ObjectNode tensor = large.putObject(name.replace("layers.0.", "layers." + layer + "."));
                tensor.put("dtype", "BF16").set("shape", json.valueToTree(shape));
                tensor.set("data_offsets", json.valueToTree(new long[] {end, end + size}));
                end += size;
            }
        }
        byte[] text = large.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(text.length)
                    .array());
            file.write(text);
            file.setLength(Long.BYTES + text.length + end);
        }
    }

    /** Of the first layer and of what is in no layer. */
    private static ObjectNode header(Path weights) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(file.getLong());
        ObjectNode header = (ObjectNode)
                new ObjectMapper().readTree(new String(file.array(), Long.BYTES, length, StandardCharsets.UTF_8));
        List<String> others = new ArrayList<>();
        header.fieldNames().forEachRemaining(others::add);
        others.removeIf(name -> !name.startsWith("__") && !name.matches("model\\.layers\\.[1-9].*"));
        return header.remove(others);
    }
}
