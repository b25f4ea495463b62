package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.safetensors.JsonFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A model's chat templates, by name, from tokenizer_config.json and chat_template.jinja, which beats it. */
record ChatTemplates(Map<String, String> byName) {
    private static final String KEY = "tokenizer.chat_template";
    private static final String DEFAULT = "default";

    static ChatTemplates of(Path folder, ObjectNode settings) {
        Map<String, String> byName = new TreeMap<>();
        JsonNode templates = settings.path("chat_template");
        if (templates.isTextual()) {
            byName.put(DEFAULT, templates.asText());
        }
        for (JsonNode template : templates.isArray() ? templates : settings.arrayNode()) {
            byName.put(template.path("name").asText(), template.path("template").asText());
        }
        Path alone = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(alone)) {
            byName.put(DEFAULT, new String(JsonFile.bytes(alone), StandardCharsets.UTF_8));
        }
        return new ChatTemplates(byName);
    }

    /** The default under llama.cpp's own key, others under theirs. */
    void describe(GgufMetadata metadata) {
        byName.forEach((name, template) -> metadata.put(name.equals(DEFAULT) ? KEY : KEY + "." + name, template));
    }
}
