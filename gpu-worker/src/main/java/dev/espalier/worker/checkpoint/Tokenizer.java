package dev.espalier.worker.checkpoint;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.JsonFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * A model's tokenizer.json, run by Hugging Face's own tokenizers library: no truncation, no padding, no network. Safe
 * for use by several threads.
 */
public final class Tokenizer implements AutoCloseable {
    private static final int MAX_ID = 1 << 24;

    static {
        // DJL would look for a CUDA build of the library to download, and report its use, when the first one is made
        setIfAbsent("RUST_FLAVOR", "cpu");
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("ai.djl.offline", "true");
    }

    private final HuggingFaceTokenizer tokenizer;
    private final Path file;
    private final int vocabularySize;
    private final int rows;
    private final String hash;

    private Tokenizer(HuggingFaceTokenizer tokenizer, Path file, int vocabularySize, int rows, String hash) {
        this.tokenizer = tokenizer;
        this.file = file;
        this.vocabularySize = vocabularySize;
        this.rows = rows;
        this.hash = hash;
    }

    /**
     * With the added tokens that only the files beside it know.
     *
     * @throws UserError if the file is missing or is no tokenizer.json
     */
    public static Tokenizer open(Path tokenizerJson) {
        return open(tokenizerJson, MAX_ID + 1);
    }

    /**
     * {@link #open(Path)}, for a model.
     *
     * @param rows of its embedding; texts with other tokens are refused
     */
    static Tokenizer open(Path tokenizerJson, int rows) {
        byte[] content = JsonFile.bytes(tokenizerJson);
        ObjectNode json = JsonFile.parse(tokenizerJson, content);
        List<ObjectNode> more = AddedTokens.beside(tokenizerJson, json);
        if (!more.isEmpty()) {
            json.withArrayProperty("added_tokens").addAll(more);
        }
        boolean told = keepsSpaces(json.path("post_processor"));
        if (!more.isEmpty() || told) {
            content = json.toString().getBytes(StandardCharsets.UTF_8);
        }
        int size = vocabularySize(json, tokenizerJson);
        try {
            // from memory: given a path, DJL would also apply a tokenizer_config.json that lies beside it
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(content),
                    Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"));
            // texts that were tokenised for another embedding may have tokens that this one has not
            String hash = Sha256.of(content) + (size > rows ? " of " + rows : "");
            return new Tokenizer(tokenizer, tokenizerJson, size, rows, hash);
        } catch (IOException | RuntimeException e) {
            throw new UserError(tokenizerJson + " is not a tokenizer that can be used: " + e.getMessage(), e);
        }
    }

    /**
     * Has a post-processor tell where tokens stand with the spaces that they begin with: else a token of spaces alone stands
     * nowhere, and belongs to no turn of a conversation. Ids stay as they are.
     *
     * @return whether it had been otherwise
     */
    private static boolean keepsSpaces(JsonNode processor) {
        boolean changed = false;
        for (JsonNode part : processor.path("processors")) {
            changed |= keepsSpaces(part);
        }
        String type = processor.path("type").asText();
        if ((type.equals("ByteLevel") || type.equals("RobertaProcessing"))
                && processor.path("trim_offsets").asBoolean(true)) {
            ((ObjectNode) processor).put("trim_offsets", false);
            changed = true;
        }
        return changed;
    }

    private static int vocabularySize(ObjectNode json, Path file) {
        int largest = -1;
        JsonNode vocabulary = json.path("model").path("vocab");
        if (vocabulary.isObject()) {
            for (JsonNode id : vocabulary) {
                largest = Math.max(largest, id(id, file));
            }
        } else if (vocabulary.isArray()) {
            // Unigram models list their pieces in the order of ids
            largest = vocabulary.size() - 1;
        } else {
            throw new UserError(file + " has no model.vocab: it is not a tokenizer.json.");
        }
        for (JsonNode added : json.path("added_tokens")) {
            largest = Math.max(largest, id(added.path("id"), file));
        }
        return largest + 1;
    }

    private static int id(JsonNode id, Path file) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() > MAX_ID) {
            throw new UserError(file + " has the token id " + id + "; ids are integers from 0 to " + MAX_ID + ".");
        }
        return id.intValue();
    }

    /**
     * Token ids of the whole text in one go, however long: pieces would be split differently at their borders.
     *
     * @param specialTokens let the tokenizer add what it puts around a text, such as a begin-of-text token
     * @throws UserError if the text has a token that the model's embedding has no row for
     */
    public int[] encode(String text, boolean specialTokens) {
        // DJL's Encoding would build a string and a span object for every token, which a long text cannot afford
        long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, specialTokens);
        try {
            int[] ids = Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                    .mapToInt(Math::toIntExact)
                    .toArray();
            requireRows(ids);
            return ids;
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /**
     * A text's tokens with what the tokenizer puts before it, and without what it would put behind: something follows.
     *
     * @throws UserError as {@link #encode(String, boolean)}
     */
    public int[] encodeBeginning(String text) {
        int[] plain = encode(text, false);
        int[] whole = encode(text, true);
        for (int end = plain.length; plain.length > 0 && end <= whole.length; end++) {
            if (Arrays.equals(whole, end - plain.length, end, plain, 0, plain.length)) {
                return Arrays.copyOf(whole, end);
            }
        }
        return whole;
    }

    /**
     * A text's tokens ({@link #encode} without special ones).
     *
     * @param ids of all of them
     * @param covered which of them share a character with a part of the text
     */
    public record PartTokens(int[] ids, boolean[] covered) {}

    /** @param part code points of the text, by their places */
    public PartTokens encode(String text, BitSet part) {
        long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, false);
        try {
            int[] ids = Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                    .mapToInt(Math::toIntExact)
                    .toArray();
            requireRows(ids);
            CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
            boolean[] covered = new boolean[ids.length];
            for (int i = 0; i < ids.length; i++) {
                int next = spans[i] == null ? -1 : part.nextSetBit(spans[i].getStart());
                covered[i] = next >= 0 && next < spans[i].getEnd();
            }
            return new PartTokens(ids, covered);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /** The tokenizer.json, beside which a model's other files are. */
    public Path file() {
        return file;
    }

    private void requireRows(int[] ids) {
        for (int i = 0; vocabularySize > rows && i < ids.length; i++) {
            if (ids[i] >= rows) {
                throw new UserError("the text has the token '" + decode(new int[] {ids[i]}) + "' (id " + ids[i] + " of "
                        + file + "), but the model's embedding has only " + rows
                        + " rows (vocab_size). Leave it out of the text; or is it another model's tokenizer?");
            }
        }
    }

    /** The text of these ids; special tokens appear as they are written. */
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    /** The largest id plus one, added tokens included: so many rows the embedding needs at least. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Names what this makes of texts: SHA-256 of the file, with what the files beside it and the model add to it. */
    public String hash() {
        return hash;
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
