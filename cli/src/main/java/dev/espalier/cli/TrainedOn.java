package dev.espalier.cli;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.data.TextSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Files that a run learns from, whatever the links that lead to them. */
public final class TrainedOn {
    private final Set<Path> files;

    private TrainedOn(Set<Path> files) {
        this.files = files;
    }

    /** Those of texts. @throws UserError if one has no files */
    public static TrainedOn texts(List<RunConfig.TextSource> sources) throws IOException {
        List<Path> found = new ArrayList<>();
        for (RunConfig.TextSource source : sources) {
            found.addAll(TextSource.open(source).files());
        }
        return of(found);
    }

    private static TrainedOn of(List<Path> found) throws IOException {
        Set<Path> files = new TreeSet<>();
        for (Path file : found) {
            if (Files.exists(file)) {
                files.add(file.toRealPath());
            }
        }
        return new TrainedOn(files);
    }

    /** Whether a file is one of them; one that is not there is none. */
    public boolean holds(Path file) throws IOException {
        return Files.exists(file) && files.contains(file.toRealPath());
    }

    /**
     * What is measured of a run on files that it learns from: a sentence for each. Another file is none of them, whatever is
     * left out of the texts.
     *
     * @throws UserError if a text has no files
     */
    static List<String> notes(RunConfig config) throws IOException {
        TrainedOn texts = texts(config.data().train());
        TrainedOn questions = of(config.recover().choices());
        List<String> notes = new ArrayList<>();
        for (Path file : texts(config.data().validation()).files) {
            if (texts.files.contains(file)) {
                notes.add(note("data.validation", file, "data.train"));
            }
        }
        for (Path file : config.evaluate().perplexity()) {
            if (texts.holds(file)) {
                notes.add(note("evaluate.perplexity", file, "data.train"));
            }
        }
        for (Path file : config.evaluate().choices()) {
            if (texts.holds(file) || questions.holds(file)) {
                notes.add(note("evaluate.choices", file, texts.holds(file) ? "data.train" : "recover.choices"));
            }
        }
        return notes;
    }

    private static String note(String key, Path file, String learnt) {
        return key + ": " + file + " is also read by " + learnt
                + ", so what is measured on it says little of other text;"
                + " measure on a file that is not learnt from";
    }
}
