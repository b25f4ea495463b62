package dev.espalier.worker.data.files;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What a file of texts is, by the end of its name. */
public record TextFormat(Layout layout, Packing packing) {
    /** What is recognised, for messages. */
    public static final String ENDINGS =
            ".txt (one text) or .jsonl (one JSON object a line), with or without .gz or .zst, or .parquet";

    /** Where a file's documents are. */
    public enum Layout {
        /** The whole file is one. */
        TXT,
        /** Each line is a JSON object that holds one. */
        JSONL,
        /** Each row has one in a column; compressed within, if at all. */
        PARQUET;

        private String ending() {
            return "." + name().toLowerCase(Locale.ROOT);
        }
    }

    /** How a file's bytes are compressed. */
    public enum Packing {
        NONE(""),
        GZIP(".gz"),
        ZSTD(".zst");

        private final String ending;

        Packing(String ending) {
            this.ending = ending;
        }
    }

    /** Empty if the name tells of no format that is read. */
    public static Optional<TextFormat> of(Path file) {
        Packing packing = packing(file);
        String name = unpacked(file);
        for (Layout layout : Layout.values()) {
            if (name.endsWith(layout.ending()) && (layout != Layout.PARQUET || packing == Packing.NONE)) {
                return Optional.of(new TextFormat(layout, packing));
            }
        }
        return Optional.empty();
    }

    /** Whether the file's name says that it holds objects, each with a document in it. */
    public static boolean hasRows(Path file) {
        return of(file).filter(format -> format.layout() != Layout.TXT).isPresent();
    }

    static Packing packing(Path file) {
        String name = name(file);
        return name.endsWith(Packing.GZIP.ending)
                ? Packing.GZIP
                : name.endsWith(Packing.ZSTD.ending) ? Packing.ZSTD : Packing.NONE;
    }

    /** The file's name in lower case, without the ending of its packing. */
    public static String unpacked(Path file) {
        String name = name(file);
        return name.substring(0, name.length() - packing(file).ending.length());
    }

    /** In one word, as {@code jsonl} or {@code jsonl.gz}. */
    public String word() {
        return layout.ending().substring(1) + packing.ending;
    }

    private static String name(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT);
    }
}
