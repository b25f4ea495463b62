package dev.espalier.protocol.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code model.safetensors.index.json}: which shard holds which tensor.
 *
 * @param shardOf file in the index's folder by tensor name
 */
public record ShardIndex(Path file, Map<String, Path> shardOf) {
    public static final String NAME = "model.safetensors.index.json";

    /** Shards must be plain names of existing files in the same folder: an index cannot reach out of it. */
    static ShardIndex read(Path file) {
        JsonNode weightMap = JsonFile.read(file).path("weight_map");
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new UserError(file + " has no weight_map that lists tensors and their files.");
        }
        Map<String, Path> shardOf = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            String shard = entry.getValue().textValue();
            if (shard == null || !isPlainName(shard)) {
                throw new UserError(file + " places tensor '" + entry.getKey() + "' in " + entry.getValue()
                        + ", which is not the name of a file in the same folder.");
            }
            shardOf.put(entry.getKey(), file.resolveSibling(shard));
        }
        for (Path shard : new TreeSet<>(shardOf.values())) {
            if (!Files.isRegularFile(shard)) {
                throw new UserError(file + " names " + shard.getFileName()
                        + ", which is missing from the folder. Download that shard, too.");
            }
        }
        return new ShardIndex(file, shardOf);
    }

    private static boolean isPlainName(String name) {
        return !name.isBlank()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c < ' ' || c == '/' || c == '\\' || c == ':');
    }
}
