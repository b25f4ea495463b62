package dev.espalier.coordinator.folder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.KeptShares;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is expected to stay of each layer, in thousandths, as JSON and back. */
public final class KeptFormat {
    private static final String HEADS = "heads";
    private static final String FFN = "ffn";
    private static final String HIDDEN = "hidden";

    private KeptFormat() {}

    /** {@code {"heads": [a number a layer], "ffn": [a number a layer], "hidden": a number}}. */
    public static ObjectNode json(KeptShares kept) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set(HEADS, rounded(kept.heads()));
        json.set(FFN, rounded(kept.ffn()));
        return json.put(HIDDEN, rounded(kept.hidden()));
    }

    /** What {@link #json} made; empty if it is something else, and of what nobody told. */
    static Optional<KeptShares> read(JsonNode json) {
        List<Float> heads = floats(json.path(HEADS));
        List<Float> ffn = floats(json.path(FFN));
        return heads.isEmpty() || heads.size() != ffn.size()
                ? Optional.empty()
                : Optional.of(
                        new KeptShares(heads, ffn, (float) json.path(HIDDEN).asDouble(1)));
    }

    private static ArrayNode rounded(List<Float> shares) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        shares.forEach(share -> array.add(rounded(share)));
        return array;
    }

    private static double rounded(float share) {
        return Math.round(share * 1000) / 1000.0;
    }

    private static List<Float> floats(JsonNode array) {
        List<Float> floats = new ArrayList<>();
        array.forEach(number -> floats.add((float) number.asDouble()));
        return floats;
    }
}
