package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.List;

/**
 * Typed, bounded access to the fields of a JSON object; null counts as absent. Every refusal names place and field.
 *
 * @param where the file (and the object inside it) for messages
 */
record ConfigFields(JsonNode node, String where) {

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** It is there, and says null. */
    boolean isNull(String key) {
        return node.path(key).isNull();
    }

    int integer(String key, int min, int max) {
        if (!has(key)) {
            throw new UserError(where + " lacks " + key + ".");
        }
        return integer(key, min, max, 0);
    }

    int integer(String key, int min, int max, int otherwise) {
        return has(key) ? integer(key, node.get(key), min, max) : otherwise;
    }

    private int integer(String key, JsonNode value, int min, int max) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw refuse(key, value, "an integer from " + min + " to " + max);
        }
        return value.intValue();
    }

    /** A single integer or a list of them; empty if absent. */
    List<Integer> integers(String key, int min, int max) {
        List<Integer> values = new ArrayList<>();
        if (has(key)) {
            JsonNode value = node.get(key);
            for (JsonNode element : value.isArray() ? value : List.of(value)) {
                values.add(integer(key, element, min, max));
            }
        }
        return values;
    }

    /** A finite number strictly between the bounds. */
    double number(String key, double min, double max, double otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode value = node.get(key);
        if (!value.isNumber() || !(value.doubleValue() > min && value.doubleValue() < max)) {
            throw refuse(key, value, "a number between " + min + " and " + max);
        }
        return value.doubleValue();
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!node.get(key).isBoolean()) {
            throw refuse(key, node.get(key), "true or false");
        }
        return node.get(key).booleanValue();
    }

    String text(String key, String otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!node.get(key).isTextual()) {
            throw refuse(key, node.get(key), "a string");
        }
        return node.get(key).textValue();
    }

    UserError refuse(String key, Object found, String expected) {
        String value = String.valueOf(found);
        return new UserError(where + ": " + key + " is "
                + (value.length() > 80 ? value.substring(0, 80) + "..." : value) + ", expected is " + expected + ".");
    }
}
