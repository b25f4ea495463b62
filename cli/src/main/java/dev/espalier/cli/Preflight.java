package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.data.TextFile;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.evaluation.ChoiceItem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything about a run's input that can be judged before a tensor is loaded. A mistake that a stage would find after
 * hours is found here in seconds, and all of them at once.
 */
final class Preflight {
    /** So many documents of each file are read; the rest is read when the run tokenises it. */
    private static final int DOCUMENTS = 1000;

    private final RunConfig config;
    private final List<String> problems = new ArrayList<>();
    private Optional<RunPlan> plan = Optional.empty();

    private Preflight(RunConfig config) {
        this.config = config;
    }

    /**
     * Judges the run; changes nothing.
     *
     * @return what the run would do
     * @throws UserError that lists everything that is wrong
     */
    static RunPlan check(ResolvedRun run) throws IOException {
        Preflight preflight = new Preflight(run.config());
        preflight.attempt(() -> RunFolders.check(run));
        preflight.model(run.directory());
        preflight.texts();
        preflight.evaluation();
        List<String> problems = preflight.problems;
        if (problems.size() == 1) {
            throw new UserError(problems.get(0));
        } else if (!problems.isEmpty()) {
            throw new UserError(problems.size() + " problems:\n  - " + String.join("\n  - ", problems));
        }
        return preflight.plan.orElseThrow();
    }

    private void model(Path directory) throws IOException {
        attempt(() -> {
            try (ModelFolder folder = ModelFolder.open(config.model().path())) {
                LlamaConfig model = folder.config();
                if (folder.tokenizerFile().isEmpty()) {
                    problems.add(
                            folder.path() + " has no tokenizer.json. Copy it there from the model's original folder.");
                }
                lengths(model);
                if (trains()) {
                    attempt(model::documentSeparator);
                }
                attempt(() -> {
                    RunPlan found = RunPlan.of(config, model, directory);
                    found.checkDisk();
                    plan = Optional.of(found);
                });
            }
        });
    }

    private void lengths(LlamaConfig model) {
        if (trains() && config.data().sequenceLength() > model.maxPositions()) {
            problems.add("data.sequence-length = " + config.data().sequenceLength() + " is longer than the model's "
                    + model.maxPositions() + " positions: make it shorter");
        }
        if (config.evaluate().window() > model.maxPositions()) {
            problems.add("evaluate.window = " + config.evaluate().window() + " is longer than the model's "
                    + model.maxPositions() + " positions: make it shorter, or 0 for the model's own length");
        }
    }

    private boolean trains() {
        return config.stages().stream().anyMatch(stage -> stage.compareTo(Stage.EXPORT) < 0);
    }

    private void texts() throws IOException {
        if (trains()) {
            for (RunConfig.TextSource source : config.data().train()) {
                attempt(() -> TextSource.open(source).probe(DOCUMENTS));
            }
        }
        for (RunConfig.TextSource source : config.data().validation()) {
            attempt(() -> TextSource.open(source).probe(DOCUMENTS));
        }
    }

    private void evaluation() throws IOException {
        if (!config.stages().contains(Stage.EVALUATE)) {
            return;
        }
        for (Path file : config.evaluate().perplexity()) {
            attempt(() -> {
                if (Files.isRegularFile(file) && Files.size(file) == 0) {
                    problems.add(file + " is empty: name a text to measure perplexity on");
                } else {
                    TextFile.read(file);
                }
            });
        }
        for (Path file : config.evaluate().choices()) {
            attempt(() -> ChoiceItem.read(file, config.evaluate().limit()));
        }
    }

    private interface Check {
        void run() throws IOException;
    }

    private void attempt(Check check) throws IOException {
        try {
            check.run();
        } catch (UserError e) {
            problems.add(e.getMessage());
        }
    }
}
