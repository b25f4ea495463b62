package dev.espalier.cli;

import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.evaluation.ChoiceItem;
import dev.espalier.worker.evaluation.Evaluation;
import dev.espalier.worker.evaluation.LearntQuestions;
import dev.espalier.worker.export.ExportFormat;
import dev.espalier.worker.torch.Devices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Everything about a run's input that can be judged before a tensor is loaded. A mistake that a stage would find after
 * hours is found here in seconds, and all of them at once.
 */
public final class Preflight {
    /** So many documents of each file are read; the rest is read when the run tokenises it. */
    private static final int DOCUMENTS = 1000;

    private final RunConfig config;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private Optional<RunPlan> plan = Optional.empty();

    private Preflight(RunConfig config) {
        this.config = config;
    }

    /**
     * Judges the run; changes nothing.
     *
     * @param note hears what is not wrong and yet hardly meant, a sentence each
     * @return what the run would do
     * @throws UserError that lists everything that is wrong
     */
    public static RunPlan check(ResolvedRun run, Consumer<String> note) throws IOException {
        Judgement judgement = judge(run);
        List<String> problems = judgement.problems();
        if (problems.size() == 1) {
            throw new UserError(problems.get(0));
        } else if (!problems.isEmpty()) {
            throw new UserError(problems.size() + " problems:\n  - " + String.join("\n  - ", problems));
        }
        judgement.notes().forEach(note);
        return judgement.plan().orElseThrow();
    }

    /**
     * What can be said of a run.
     *
     * @param problems all that is wrong, a sentence each
     * @param plan what the run would do; there if nothing is wrong
     * @param notes what is not wrong and yet hardly meant, a sentence each
     */
    public record Judgement(List<String> problems, Optional<RunPlan> plan, List<String> notes) {}

    /** As {@link #check}, for those who judge several runs. */
    public static Judgement judge(ResolvedRun run) throws IOException {
        Preflight preflight = new Preflight(run.config());
        preflight.attempt(() -> RunFolders.check(run));
        preflight.attempt(() -> Devices.require(run.config().model().device()));
        preflight.methodFiles();
        preflight.model(run.directory());
        return new Judgement(List.copyOf(preflight.problems), preflight.plan, List.copyOf(preflight.notes));
    }

    private void methodFiles() throws IOException {
        if (config.stages().contains(Stage.PRUNE)) {
            attempt(() -> Methods.policy(config.prune().method()).checkFiles(config));
        }
    }

    private void model(Path directory) throws IOException {
        try (ModelFolder folder = ModelFolder.open(config.model().path())) {
            lengths(folder.config());
            if (trains()) {
                attempt(folder.config()::documentSeparator);
            }
            attempt(() -> {
                RunPlan found = RunPlan.of(config, folder.config(), directory);
                found.checkDisk();
                plan = Optional.of(found);
            });
            formats(folder);
            tokenizer(folder);
        } catch (UserError e) {
            problems.add(e.getMessage());
            texts(Optional.empty());
        }
    }

    /** Whether the formats can hold the model that the run makes. */
    private void formats(ModelFolder folder) throws IOException {
        if (config.stages().contains(Stage.EXPORT)) {
            FormatCheck check = new FormatCheck(config, folder, plan);
            for (ExportFormat format : ExportFormat.of(config.export())) {
                attempt(() -> check.require(format));
            }
        }
    }

    private void tokenizer(ModelFolder folder) throws IOException {
        try (Tokenizer tokenizer = folder.openTokenizer()) {
            texts(Optional.of(new Reader(tokenizer, folder.config())));
        } catch (UserError e) {
            problems.add(e.getMessage());
            texts(Optional.empty());
        }
    }

    /** What tells how many tokens a text has, and how many are read at a time. */
    private record Reader(Tokenizer tokenizer, LlamaConfig model) {}

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
        return config.stages().stream().anyMatch(stage -> !stage.equals(Stage.EXPORT) && !stage.equals(Stage.EVALUATE));
    }

    /** Nothing in it throws a {@link UserError}. */
    private void texts(Optional<Reader> reader) throws IOException {
        if (trains()) {
            for (RunConfig.TextSource source : config.data().train()) {
                text(source, reader, reader.map(this::trainingWindows).orElse(List.of()));
            }
        }
        for (RunConfig.TextSource source : config.data().validation()) {
            text(source, reader, List.of(Window.training(config.data())));
        }
        if (config.stages().contains(Stage.RECOVER)
                && !config.recover().choices().isEmpty()) {
            attempt(() -> {
                if (reader.isPresent()) {
                    LearntQuestions.read(
                                    config.recover().choices(),
                                    reader.get().tokenizer(),
                                    reader.get().model().maxPositions(),
                                    config.seed())
                            .shortened()
                            .ifPresent(notes::add);
                }
            });
        }
        if (config.stages().contains(Stage.EVALUATE)) {
            evaluation(reader);
            if (trains() && problems.isEmpty()) {
                notes.addAll(TrainedOn.notes(config));
            }
        }
    }

    private List<Window> trainingWindows(Reader reader) {
        boolean prunes = config.stages().contains(Stage.PRUNE);
        StagePlan stages = new StagePlan(config, Methods.stages());
        List<Window> windows = new ArrayList<>();
        if (stages.stages().stream().anyMatch(stage -> stages.steps(stage) > 0)) {
            windows.add(Window.training(config.data()));
        }
        if (config.stages().contains(Stage.CALIBRATE)
                || (prunes && Methods.policy(config.prune().method()).readsText(config))) {
            windows.add(Window.calibration(config.data(), reader.model()));
        }
        return windows;
    }

    private void text(RunConfig.TextSource source, Optional<Reader> reader, List<Window> windows) throws IOException {
        attempt(() -> {
            TextSource text =
                    reader.isPresent() ? TextSource.open(source, reader.get().tokenizer()) : TextSource.open(source);
            text.probe(DOCUMENTS);
            int most = windows.stream().mapToInt(Window::tokens).max().orElse(0);
            if (reader.isPresent() && most > 0) {
                LlamaConfig model = reader.get().model();
                boolean separated = !model.eos().isEmpty() || model.bos() != null;
                long tokens = text.tokens(reader.get().tokenizer(), separated, most);
                for (Window window : windows) {
                    attempt(() -> window.require(source.path(), tokens));
                }
            }
        });
    }

    private void evaluation(Optional<Reader> reader) throws IOException {
        RunConfig.Evaluate evaluate = config.evaluate();
        for (Path file : evaluate.perplexity()) {
            attempt(() -> Evaluation.checkText(file, reader.map(Reader::tokenizer)));
        }
        for (Path file : evaluate.choices()) {
            attempt(() -> {
                List<ChoiceItem> items = ChoiceItem.read(file, evaluate.limit());
                if (reader.isPresent()) {
                    Evaluation.checkChoices(
                            file, items, reader.get().tokenizer(), reader.get().model());
                }
            });
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
