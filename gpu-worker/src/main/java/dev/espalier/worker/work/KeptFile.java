package dev.espalier.worker.work;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which units of the intact model are left: {@code {"head-unit": "KV groups", "hidden": "1101..", "layers": [{"heads": "110",
 * "ffn": "0111.."}]}}, a digit a unit; an empty string where nothing was masked.
 */
public final class KeptFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptFile() {}

    /** @param kept gates of 0 and 1 */
    public static void write(Path file, PrunableShape shape, MaskSet kept) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("head-unit", shape.queryHeadsPerUnit() == 1 && shape.groupSize() > 1 ? "query heads" : "KV groups");
        node.put("hidden", digits(kept.hidden()));
        ArrayNode layers = node.putArray("layers");
        for (int layer = 0; layer < kept.layers(); layer++) {
            layers.addObject().put("heads", digits(kept.heads(layer))).put("ffn", digits(kept.ffn(layer)));
        }
        AtomicFiles.write(file, node.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Gates of 0 and 1. */
    public static MaskSet read(Path file) throws IOException {
        JsonNode json = JSON.readTree(file.toFile());
        List<double[]> heads = new ArrayList<>();
        List<double[]> channels = new ArrayList<>();
        json.path("layers").forEach(layer -> {
            heads.add(gates(layer.path("heads").asText()));
            channels.add(gates(layer.path("ffn").asText()));
        });
        return MaskSet.of(
                gates(json.path("hidden").asText()), heads.toArray(double[][]::new), channels.toArray(double[][]::new));
    }

    private static double[] gates(String digits) {
        return digits.chars().mapToDouble(digit -> digit == '0' ? 0 : 1).toArray();
    }

    private static String digits(double[] row) {
        StringBuilder digits = new StringBuilder(row.length);
        for (double gate : row) {
            digits.append(gate == 0 ? '0' : '1');
        }
        return digits.toString();
    }
}
