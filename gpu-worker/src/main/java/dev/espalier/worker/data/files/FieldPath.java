package dev.espalier.worker.data.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.espalier.protocol.config.NearestNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where a value stands in an object: {@code text}, or {@code document.body.text} in objects within objects. A field whose
 * own name has dots comes first.
 */
public record FieldPath(String path) {
    private static final int SHOWN = 8;
    private static final int LONGEST_NAME = 100;
    private static final int MOST_NAMES = 1000;

    public static FieldPath of(String path) {
        return new FieldPath(path);
    }

    /** The missing node if there is none. */
    public JsonNode in(JsonNode object) {
        JsonNode own = object.path(path);
        if (!own.isMissingNode()) {
            return own;
        }
        JsonNode at = object;
        for (String name : path.split("\\.", -1)) {
            at = at.isObject() ? at.path(name) : MissingNode.getInstance();
        }
        return at;
    }

    /** In brackets, what there is instead of a text: another kind of value, or other names. */
    public String seen(JsonNode object) {
        JsonNode found = in(object);
        if (!found.isMissingNode()) {
            return " (it is " + kind(found) + ")";
        }
        List<String> names = new ArrayList<>();
        gather(object, "", names);
        return names.isEmpty() ? "" : " (" + told(path, names) + ")";
    }

    /** The nearest names, or the first of those that there are. */
    public static String told(String wanted, List<String> names) {
        List<String> near = NearestNames.of(wanted, names, SHOWN);
        return near.isEmpty()
                ? "there is " + String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                        + (names.size() > SHOWN ? ", ..." : "")
                : "nearest: " + String.join(", ", near);
    }

    /** Names of fields two objects deep. */
    private static void gather(JsonNode object, String before, List<String> into) {
        object.fieldNames().forEachRemaining(name -> {
            if (name.length() <= LONGEST_NAME && into.size() < MOST_NAMES) {
                into.add(before + name);
            }
            if (before.isEmpty() && object.path(name).isObject()) {
                gather(object.path(name), name + ".", into);
            }
        });
    }

    private static String kind(JsonNode node) {
        String type = node.getNodeType().name().toLowerCase(Locale.ROOT);
        return node.isNull() ? "null" : node.isArray() || node.isObject() ? "an " + type : "a " + type;
    }
}
