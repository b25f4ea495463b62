package dev.espalier.worker.pretrain;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The token that ends a document: what stands between documents in training, and where generation stops. */
final class EndOfText {
    /** What the families call it; the first that a tokenizer has is taken where nothing names it. */
    private static final List<String> USUAL = List.of("<|endoftext|>", "</s>", "<|end_of_text|>");

    private EndOfText() {}

    /**
     * Its id: the {@code eos_token} of a tokenizer_config.json beside the file, else the usual one.
     *
     * @throws UserError if there is none, or a file cannot be read
     */
    static int of(Path tokenizerJson) {
        Map<String, Integer> added = new HashMap<>();
        for (JsonNode token : JsonFile.read(tokenizerJson).path("added_tokens")) {
            added.put(token.path("content").asText(), token.path("id").asInt());
        }
        Path settings = tokenizerJson.resolveSibling("tokenizer_config.json");
        if (Files.exists(settings)) {
            JsonNode named = JsonFile.read(settings).path("eos_token");
            // a word, or an object that describes it
            String word = named.path("content").asText(named.asText(""));
            if (!word.isEmpty()) {
                if (!added.containsKey(word)) {
                    throw new UserError(settings + " names the eos_token " + word + ", which is no added token of "
                            + tokenizerJson + ": correct one of the two");
                }
                return added.get(word);
            }
        }
        return USUAL.stream()
                .filter(added::containsKey)
                .map(added::get)
                .findFirst()
                .orElseThrow(() -> new UserError(tokenizerJson + " has no token that ends a text (none of "
                        + String.join(", ", USUAL) + " is an added token): name one as eos_token in " + settings));
    }
}
