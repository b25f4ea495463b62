package dev.espalier.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A model that a run prunes within seconds: 3 layers, 4 query heads on 2 KV heads, 48 FFN channels, 96 tokens. Its
 * weights are random, which is all that plumbing needs.
 */
final class TinyModel {
    private static final Path WEIGHTS = Path.of("../gpu-worker/src/test/resources/fixtures/gqa-tied");

    private TinyModel() {}

    /** Writes the model to {@code folder} with a byte-level tokenizer of at most 96 ids. */
    static Path in(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(WEIGHTS.resolve(file), folder.resolve(file));
        }
        tokenizer(folder.resolve("tokenizer.json"), 90);
        return folder;
    }

    /**
     * A byte-level BPE without merges: each character is a token.
     *
     * @param characters of the alphabet, printable ASCII
     */
    static void tokenizer(Path file, int characters) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        for (String special : List.of("<unk>", "<s>", "</s>")) {
            added.addObject()
                    .put("id", added.size() - 1)
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        root.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = root.putObject("model").put("type", "BPE").put("unk_token", "<unk>");
        ObjectNode vocabulary = model.putObject("vocab");
        for (String special : List.of("<unk>", "<s>", "</s>")) {
            vocabulary.put(special, vocabulary.size());
        }
        // how byte-level BPE writes space and newline, then letters before punctuation
        vocabulary.put("\u0120", vocabulary.size());
        vocabulary.put("\u010a", vocabulary.size());
        int first = vocabulary.size();
        for (char c = '~'; c >= '!' && vocabulary.size() < first + characters; c--) {
            vocabulary.put(String.valueOf(c), vocabulary.size());
        }
        model.putArray("merges");
        Files.writeString(file, root.toString());
    }
}
