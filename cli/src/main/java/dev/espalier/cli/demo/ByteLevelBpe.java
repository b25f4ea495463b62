package dev.espalier.cli.demo;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A byte-level BPE vocabulary (Sennrich et al. 2016, over bytes as in GPT-2): what {@link BpeTrainer} learned.
 *
 * @param tokens the token of each id, in the byte alphabet; id 0 is {@link #END_OF_TEXT}, then the 256 bytes, then one
 *     token for each merge that made a new one
 * @param merges in the order of their rank
 */
public record ByteLevelBpe(List<String> tokens, List<Merge> merges) {
    public static final String END_OF_TEXT = "<|endoftext|>";

    /** The end of text and the 256 bytes: no vocabulary is smaller. */
    public static final int MINIMUM_VOCABULARY = 257;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** With the same line ends on every machine. */
    private static final ObjectWriter PRINTED =
            JSON.writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

    /** Two tokens that become one wherever they meet. */
    public record Merge(String left, String right) {
        String merged() {
            return left + right;
        }
    }

    public ByteLevelBpe {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
    }

    /**
     * Learns a vocabulary from texts. The result depends on the words' counts only, not on their order: the most
     * frequent pair is merged first, and of equally frequent ones that with the smaller ids.
     *
     * @param vocabularySize tokens wanted, at least {@link #MINIMUM_VOCABULARY}; it may become fewer when the texts have
     *     no more pairs
     */
    public static ByteLevelBpe train(Iterable<String> texts, int vocabularySize) {
        return new BpeTrainer(texts).train(vocabularySize);
    }

    /** Writes {@code tokenizer.json} and {@code tokenizer_config.json}, which Hugging Face tokenizers load. */
    public void write(Path folder) throws IOException {
        AtomicFiles.write(folder.resolve("tokenizer.json"), PRINTED.writeValueAsBytes(tokenizer()));
        AtomicFiles.write(folder.resolve("tokenizer_config.json"), PRINTED.writeValueAsBytes(configuration()));
    }

    private ObjectNode tokenizer() {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        endOfText(root.putArray("added_tokens").addObject().put("id", 0));
        root.putNull("normalizer");
        ObjectNode before = root.putObject("pre_tokenizer").put("type", "Sequence");
        before.putArray("pretokenizers")
                .add(JSON.createObjectNode().put("type", "Digits").put("individual_digits", true))
                .add(byteLevel());
        root.putNull("post_processor");
        root.set("decoder", byteLevel());
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout").putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        var list = model.putArray("merges");
        merges.forEach(merge -> list.add(merge.left() + " " + merge.right()));
        return root;
    }

    private static ObjectNode configuration() {
        ObjectNode root = JSON.createObjectNode();
        root.put("tokenizer_class", "PreTrainedTokenizerFast");
        root.put("bos_token", END_OF_TEXT).put("eos_token", END_OF_TEXT);
        root.put("add_prefix_space", false).put("clean_up_tokenization_spaces", false);
        endOfText(root.putObject("added_tokens_decoder").putObject("0"));
        return root;
    }

    private static ObjectNode byteLevel() {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static void endOfText(ObjectNode token) {
        token.put("content", END_OF_TEXT)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }
}
