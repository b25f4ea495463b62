package dev.espalier.worker.evaluation;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.RowFile;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.Rows;
import dev.espalier.worker.data.files.TextFile;
import dev.espalier.worker.data.files.TextFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What perplexity is measured on: a file's text as it stands, in one tokenisation, or the documents of a .jsonl file as
 * training packs them, each tokenised by itself and with the end of text between them.
 *
 * @param documents of a .jsonl file; empty for a text
 */
record MeasuredText(int[] ids, OptionalInt documents) {
    private static final String FIELD = "text";
    private static final String REMEDY = "Perplexity is measured on that field: rename it, or give a .txt file.";
    private static final int MOST_CHARACTERS = 1 << 30;
    private static final int PROBED_CHARACTERS = 1 << 20;

    /**
     * @param separator between documents, as for {@link dev.espalier.worker.data.TokenCache#open}
     * @param most tokens that are wanted; documents after them are not read
     * @throws UserError if the file cannot be used, or has too little text to predict anything
     */
    static MeasuredText read(Path file, Tokenizer tokenizer, OptionalInt separator, long most) {
        refuseOtherJson(file);
        MeasuredText text = isLines(file)
                ? documents(file, tokenizer, separator, most)
                : new MeasuredText(tokenizer.encode(TextFile.read(file), true), OptionalInt.empty());
        requireSomething(file, text.ids().length);
        return text;
    }

    /** How many windows are measured; a text shorter than one is one. */
    int windows(int window, int limit) {
        int all = ids.length / Math.min(window, ids.length);
        return limit == 0 ? all : Math.min(all, limit);
    }

    /**
     * Finds early, and of a large file only at its beginning, what {@link #read} would stumble over late.
     *
     * @param tokenizer without it, only whether the file can be read
     */
    static void probe(Path file, Optional<Tokenizer> tokenizer) {
        refuseOtherJson(file);
        String beginning = plain(file);
        if (beginning.isEmpty()) {
            throw new UserError(file + " is empty: name a text to measure perplexity on");
        }
        if (tokenizer.isPresent()) {
            String few = TextFile.beginning(beginning, PROBED_CHARACTERS);
            requireSomething(file, tokenizer.get().encode(few, !isLines(file)).length);
        }
    }

    /** A file's text, or the first million characters of a .jsonl file's documents, each on a line of its own. */
    static String plain(Path file) {
        return isLines(file) ? firstDocuments(file) : TextFile.read(file);
    }

    private static String firstDocuments(Path file) {
        StringBuilder text = new StringBuilder();
        try (Rows lines = RowFile.open(file, FIELD, REMEDY)) {
            Optional<Row> line = lines.next();
            for (; line.isPresent() && text.length() < PROBED_CHARACTERS; line = lines.next()) {
                String document = line.get().text(FIELD, REMEDY);
                text.append(text.isEmpty() || document.isEmpty() ? "" : "\n").append(document);
            }
        }
        return text.toString();
    }

    private static void requireSomething(Path file, int tokens) {
        if (tokens < 2) {
            throw new UserError(file + " has " + tokens + " tokens: there is nothing to predict");
        }
    }

    private static MeasuredText documents(Path file, Tokenizer tokenizer, OptionalInt separator, long most) {
        List<int[]> pieces = new ArrayList<>();
        long tokens = 0;
        long characters = 0;
        int documents = 0;
        try (Rows lines = RowFile.open(file, FIELD, REMEDY)) {
            Optional<Row> line = lines.next();
            for (; line.isPresent() && tokens < most; line = lines.next()) {
                String document = line.get().text(FIELD, REMEDY);
                characters += document.length();
                if (characters > MOST_CHARACTERS) {
                    throw new UserError(file + " is longer than 1 GiB of text: split it, or set a limit");
                }
                int[] ids = tokenizer.encode(document, false);
                if (tokens > 0 && ids.length > 0 && separator.isPresent()) {
                    pieces.add(new int[] {separator.getAsInt()});
                    tokens++;
                }
                pieces.add(ids);
                tokens += ids.length;
                documents += ids.length > 0 ? 1 : 0;
            }
        }
        return new MeasuredText(joined(pieces, Math.toIntExact(tokens)), OptionalInt.of(documents));
    }

    private static int[] joined(List<int[]> pieces, int length) {
        int[] ids = new int[length];
        int at = 0;
        for (int[] piece : pieces) {
            System.arraycopy(piece, 0, ids, at, piece.length);
            at += piece.length;
        }
        return ids;
    }

    private static boolean isLines(Path file) {
        return TextFormat.hasRows(file);
    }

    /** Its braces and quotes would be measured. */
    private static void refuseOtherJson(Path file) {
        String name = TextFormat.unpacked(file);
        if (name.endsWith(".json") || name.endsWith(".ndjson")) {
            throw new UserError(file + " is JSON: give its text as a .txt file, or as .jsonl with a line {\"" + FIELD
                    + "\": ...} for each document");
        }
    }
}
