package dev.espalier.worker.generation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The ids that end a generated text. */
public final class StopTokens {
    private static final String KEY = "eos_token_id";

    private StopTokens() {}

    /**
     * As transformers has it: those of generation_config.json, one or a list of them, and only without that file those of
     * config.json. None is legal in both.
     *
     * @throws UserError if generation_config.json is malformed
     */
    public static Set<Integer> of(Path folder, LlamaConfig config) {
        Path file = folder.resolve("generation_config.json");
        if (!Files.exists(file)) {
            return Set.copyOf(config.eos());
        }
        JsonNode named = JsonFile.read(file).path(KEY);
        Set<Integer> ids = new LinkedHashSet<>();
        for (JsonNode id : named.isArray() ? named : List.of(named)) {
            if (id.isIntegralNumber() && id.canConvertToInt()) {
                ids.add(id.intValue());
            } else if (named.isArray() || !(named.isMissingNode() || named.isNull())) {
                throw new UserError(
                        file + ": " + KEY + " is " + shortened(named) + ", expected is an id or a list of them");
            }
        }
        return ids;
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }
}
