package dev.espalier.cli;

import dev.espalier.cli.progress.ByteSize;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.data.files.TextFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which files a configuration's texts are, a line each. */
final class TextsFound {
    private TextsFound() {}

    /** @throws dev.espalier.protocol.UserError if a source has no files */
    static List<String> lines(RunConfig.Data data) throws IOException {
        List<String> lines = new ArrayList<>();
        for (RunConfig.TextSource source : data.train()) {
            lines.add(line("train", source));
        }
        for (RunConfig.TextSource source : data.validation()) {
            lines.add(line("held out", source));
        }
        return lines;
    }

    /** What is made of the documents, where it is not what is made of any. */
    private static String told(RunConfig.TextSource source) {
        String part = source.part().word();
        String chats = source.chats()
                .map(chat ->
                        " (conversations in " + chat.field() + (chat.answersOnly() ? ", answers are learnt)" : ")"))
                .orElse("");
        return chats + (part.isEmpty() ? "" : " (" + part + ")");
    }

    private static String line(String use, RunConfig.TextSource source) throws IOException {
        List<Path> files = TextSource.open(source).files();
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        String formats = files.stream()
                .map(TextFormat::of)
                .flatMap(Optional::stream)
                .map(TextFormat::word)
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%-8s %s: %s of %s, %s",
                use,
                source.path() + told(source),
                files.size() == 1 ? "1 file" : files.size() + " files",
                formats,
                ByteSize.of(bytes));
    }
}
