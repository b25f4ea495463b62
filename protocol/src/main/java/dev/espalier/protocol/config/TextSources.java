package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the {@code data} section, which runs and pretraining share. */
final class TextSources {
    private static final int LONGEST_SEQUENCE = 1 << 20;

    private TextSources() {}

    /** @param mix whose keys may stand in the same section */
    static RunConfig.Data read(StrictConfig data, RunConfig.Mix mix) {
        List<RunConfig.TextSource> train = sources(data, "train");
        List<RunConfig.TextSource> validation = sources(data, "validation");
        double share = data.has("validation-share") ? data.decimal("validation-share", Range.from(0, 0.5)) : 0;
        return new RunConfig.Data(
                train.stream().map(source -> part(source, share, false)).toList(),
                share == 0
                        ? validation
                        : Stream.concat(validation.stream(), train.stream().map(source -> part(source, share, true)))
                                .toList(),
                data.integer("sequence-length", 8, LONGEST_SEQUENCE),
                mix);
    }

    private static RunConfig.TextSource part(RunConfig.TextSource source, double share, boolean heldOut) {
        return new RunConfig.TextSource(
                source.path(),
                source.textField(),
                source.domain(),
                source.weight(),
                source.skipLast(),
                new DocumentPart(share, heldOut),
                source.chats());
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
                source.integer("skip-last", 0, Integer.MAX_VALUE),
                DocumentPart.ALL,
                chats(source));
    }

    private static Optional<RunConfig.Chats> chats(StrictConfig source) {
        String field = source.text("chat-field", "name the field that holds a conversation's messages");
        boolean answersOnly = source.choice("loss", List.of("answers", "all")).equals("answers");
        return source.choice("format", List.of("text", "chat")).equals("chat")
                ? Optional.of(new RunConfig.Chats(field, answersOnly))
                : Optional.empty();
    }
}
