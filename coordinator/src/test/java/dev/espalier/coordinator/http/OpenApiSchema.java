package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The OpenAPI document, as far as it uses JSON Schema; remembers which properties were met. */
final class OpenApiSchema {
    private final JsonNode document;
    private final Set<String> met = new TreeSet<>();

    OpenApiSchema() throws IOException {
        try (InputStream in = HttpApi.class.getResourceAsStream("openapi.yaml")) {
            document = new YAMLMapper().readTree(in);
        }
    }

    JsonNode document() {
        return document;
    }

    /** What the instance breaks of the named schema; nothing if it keeps to it. */
    List<String> faults(String name, JsonNode instance) {
        List<String> faults = new ArrayList<>();
        check("#/components/schemas/" + name, document.at("/components/schemas/" + name), instance, faults);
        return faults;
    }

    void assertKept(String name, JsonNode instance) {
        assertThat(faults(name, instance)).as(name + ": " + instance).isEmpty();
    }

    /** Properties of the document's schemas that no instance had. */
    Set<String> unmet() {
        Set<String> all = new TreeSet<>();
        document.at("/components/schemas").properties().forEach(schema -> {
            declared("#/components/schemas/" + schema.getKey(), schema.getValue(), all);
        });
        all.removeAll(met);
        return all;
    }

    private static void declared(String at, JsonNode schema, Set<String> all) {
        schema.path("properties").properties().forEach(property -> {
            all.add(at + "/" + property.getKey());
            declared(at + "/" + property.getKey(), property.getValue(), all);
        });
        if (schema.has("items")) {
            declared(at + "/*", schema.get("items"), all);
        }
    }

    private void check(String at, JsonNode schema, JsonNode instance, List<String> faults) {
        assertThat(schema.isMissingNode()).as(at).isFalse();
        if (schema.has("$ref")) {
            String target = schema.get("$ref").asText();
            check(target, document.at(target.substring(1)), instance, faults);
            return;
        }
        if (schema.has("anyOf")) {
            anyOf(at, schema.get("anyOf"), instance, faults);
            return;
        }
        type(at, schema.path("type"), instance, faults);
        if (schema.has("enum") && !contains(schema.get("enum"), instance)) {
            faults.add(at + " is " + instance);
        }
        if (schema.has("pattern")
                && !instance.asText().matches(schema.get("pattern").asText())) {
            faults.add(at + " is " + instance);
        }
        if (instance.isObject()) {
            object(at, schema, instance, faults);
        }
        instance.elements().forEachRemaining(element -> {
            if (instance.isArray()) {
                check(at + "/*", schema.path("items"), element, faults);
            }
        });
    }

    private void anyOf(String at, JsonNode choices, JsonNode instance, List<String> faults) {
        for (JsonNode choice : choices) {
            List<String> found = new ArrayList<>();
            check(at, choice, instance, found);
            if (found.isEmpty()) {
                return;
            }
        }
        faults.add(at + " is nothing of what it may be: " + instance);
    }

    private void object(String at, JsonNode schema, JsonNode instance, List<String> faults) {
        schema.path("required").forEach(name -> {
            if (!instance.has(name.asText())) {
                faults.add(at + " lacks " + name.asText());
            }
        });
        instance.properties().forEach(property -> {
            JsonNode known = schema.path("properties").path(property.getKey());
            JsonNode others = schema.path("additionalProperties");
            if (!known.isMissingNode()) {
                met.add(at + "/" + property.getKey());
                check(at + "/" + property.getKey(), known, property.getValue(), faults);
            } else if (others.isObject()) {
                check(at + "/*", others, property.getValue(), faults);
            } else if (!others.asBoolean(true)) {
                faults.add(at + " does not tell of " + property.getKey());
            }
        });
    }

    private static void type(String at, JsonNode type, JsonNode instance, List<String> faults) {
        if (type.isMissingNode()) {
            return;
        }
        List<String> types = new ArrayList<>();
        if (type.isTextual()) {
            types.add(type.asText());
        }
        type.forEach(one -> types.add(one.asText()));
        String actual =
                switch (instance.getNodeType()) {
                    case STRING -> "string";
                    case BOOLEAN -> "boolean";
                    case NULL -> "null";
                    case ARRAY -> "array";
                    case OBJECT -> "object";
                    case NUMBER -> instance.isIntegralNumber() && types.contains("integer") ? "integer" : "number";
                    default -> "nothing";
                };
        if (!types.contains(actual)) {
            faults.add(at + " is of type " + actual);
        }
    }

    private static boolean contains(JsonNode values, JsonNode instance) {
        for (JsonNode value : values) {
            if (value.equals(instance)) {
                return true;
            }
        }
        return false;
    }
}
