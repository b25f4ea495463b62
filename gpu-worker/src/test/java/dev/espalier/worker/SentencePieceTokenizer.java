package dev.espalier.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A tokenizer.json of 50 tokens that does what those of Llama 1 and 2, TinyLlama and Mistral 0.1 do: it puts a begin-of-text
 * token and a space before every text, joins pieces without regard to words, and writes characters that it does not know
 * as bytes.
 */
public final class SentencePieceTokenizer {
    /** The bytes of é and €. */
    private static final List<String> BYTES = List.of("<0xC3>", "<0xA9>", "<0xE2>", "<0x82>", "<0xAC>");

    /** In order of precedence; one joins the end of a word with the space after it, unless an a follows. */
    private static final List<String> MERGES = List.of(
            "t h", "th e", "▁ the", "▁ a", "z ▁", "a t", "c at", "▁ cat", "s at", "▁ sat", "m at", "▁ mat", "o n",
            "▁ on");

    private static final String AROUND_THE_MODEL =
            """
            {
              "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
              "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
              "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
              "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true}
            }
            """;

    private static final String END = ", {\"SpecialToken\": {\"id\": \"</s>\", \"type_id\": 0}}";

    private SentencePieceTokenizer() {}

    public static Path write(Path folder) throws IOException {
        return write(folder, AROUND_THE_MODEL);
    }

    /** The same that puts an end-of-text token behind every text, too. */
    public static Path writeEnding(Path folder) throws IOException {
        String sequence = "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}";
        String special = "\"special_tokens\": {";
        String end = "\"</s>\": {\"id\": \"</s>\", \"ids\": [2], \"tokens\": [\"</s>\"]}, ";
        return write(
                folder,
                AROUND_THE_MODEL.replace(sequence + "],", sequence + END + "],").replace(special, special + end));
    }

    private static Path write(Path folder, String aroundTheModel) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = (ObjectNode) mapper.readTree(aroundTheModel);
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode model = (ObjectNode) json.get("model");
        ObjectNode vocabulary = model.putObject("vocab");
        for (String special : List.of("<unk>", "<s>", "</s>")) {
            added.addObject()
                    .put("id", vocabulary.size())
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocabulary.put(special, vocabulary.size());
        }
        BYTES.forEach(token -> vocabulary.put(token, vocabulary.size()));
        "▁abcdefghijklmnopqrstuvwxyz.".chars().forEach(c -> vocabulary.put(Character.toString(c), vocabulary.size()));
        ArrayNode merges = model.putArray("merges");
        for (String merge : MERGES) {
            merges.add(merge);
            vocabulary.put(merge.replace(" ", ""), vocabulary.size());
        }
        return Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    }
}
