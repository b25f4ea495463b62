package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import java.util.List;

/** Reads the {@code data} section, which runs and pretraining share. */
final class TextSources {
    private static final int LONGEST_SEQUENCE = 1 << 20;

    private TextSources() {}

    /** @param mix whose keys may stand in the same section */
    static RunConfig.Data read(StrictConfig data, RunConfig.Mix mix) {
        return new RunConfig.Data(
                sources(data, "train"),
                sources(data, "validation"),
                data.integer("sequence-length", 8, LONGEST_SEQUENCE),
                mix);
    }

    private static List<RunConfig.TextSource> sources(StrictConfig data, String key) {
        Config defaults = ConfigFiles.documented("text-source");
        return data.sections(key, defaults, "path").stream()
                .map(TextSources::source)
                .toList();
    }

    private static RunConfig.TextSource source(StrictConfig source) {
        return new RunConfig.TextSource(
                source.path(
                                "path",
                                "name a .txt, .jsonl or .parquet file, a folder of such, or a pattern such as \"corpus/*.jsonl\"")
                        .toString(),
                source.text("text-field", "name the field of a jsonl line that holds the text"),
                source.matching(
                        "domain",
                        RunNames.PATTERN,
                        "default",
                        "must be a short name of letters, digits, dot, hyphen and underscore"),
                source.decimal("weight", Range.above(0, 1e9)),
                source.integer("skip-last", 0, Integer.MAX_VALUE));
    }
}
