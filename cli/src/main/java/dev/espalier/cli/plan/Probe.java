package dev.espalier.cli.plan;

import dev.espalier.cli.progress.Console;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.evaluation.Evaluation;
import dev.espalier.worker.torch.Devices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of two short runs: of the whole model on as little as possible, and of a few layers on more calibration
 * text. Of the second one only the times of a layer count.
 *
 * @param layers the second; empty if the run does not prune, or a few layers alone cannot be pruned so
 * @param whole the first
 */
record Probe(Optional<Seen> layers, Seen whole) {
    /**
     * A run that was watched.
     *
     * @param amounts what it had to do
     * @param stages what that took
     */
    record Seen(Amounts amounts, Map<Stage, Observed> stages) {}

    private static final int LAYERS = 3;
    /** Of the calibration text, what goes through the few layers: enough for what is extrapolated from it, and soon done. */
    private static final int PART = 8;

    private static final int LEAST_WINDOWS = 8;
    private static final String DISPATCHER = "pekko.actor.default-dispatcher";

    /**
     * Probes; takes twenty seconds for a model of a million parameters on two cores, and about two minutes for 135 million.
     *
     * @param folder for what the runs write
     * @throws UserError if a run fails as the real one would
     * @throws IOException if it fails otherwise, or the disk does
     */
    static Probe of(ResolvedRun run, Path folder, Console console) throws IOException, InterruptedException {
        try (ModelFolder model = ModelFolder.open(run.config().model().path());
                Tokenizer tokenizer = model.openTokenizer()) {
            int window = Window.calibration(run.config().data(), model.config()).tokens();
            RunConfig.Evaluate evaluate = run.config().evaluate();
            int batch = Evaluation.batch(evaluate.window(), model.config().maxPositions());
            ResolvedRun little = ProbeConfig.whole(run, model.parameters(), window, batch, folder);
            // First, as cold and in as much memory as the run itself.
            Seen whole = new Seen(Amounts.of(little.config(), model.config(), tokenizer), observe(little, console));
            Optional<Seen> layers = Optional.empty();
            if (run.config().stages().contains(Stage.PRUNE)) {
                int tokens = Math.max(
                        LEAST_WINDOWS * window, run.config().calibrate().tokens() / PART);
                layers = layers(run, model, tokenizer, tokens, folder, console);
            }
            return new Probe(layers, whole);
        }
    }

    /** Empty if what the run asks of the whole model cannot be asked of a few layers, such as two layers to go of three. */
    private static Optional<Seen> layers(
            ResolvedRun run, ModelFolder model, Tokenizer tokenizer, int tokens, Path folder, Console console)
            throws IOException, InterruptedException {
        Path shortened = folder.resolve("model");
        ShortModel.write(model, Math.min(LAYERS, model.config().layers().size()), shortened);
        ResolvedRun few = ProbeConfig.layers(run, shortened, tokens, folder);
        try (ModelFolder cut = ModelFolder.open(shortened)) {
            return Optional.of(new Seen(Amounts.of(few.config(), cut.config(), tokenizer), observe(few, console)));
        } catch (UserError e) {
            console.say(
                    "a few layers alone cannot be pruned as the run would, so that what more text costs is told less"
                            + " exactly: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static Map<Stage, Observed> observe(ResolvedRun run, Console console)
            throws IOException, InterruptedException {
        try (MemoryWatch memory =
                new MemoryWatch(Devices.memoryInUse(run.config().model().device()), run.directory())) {
            Timeline timeline = new Timeline(memory);
            RunOutcome outcome = LocalRun.execute(
                    run,
                    Methods.stages(),
                    Optional.empty(),
                    WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                    DISPATCHER,
                    RunListener.both(timeline, new Shown(console, run.config().name())),
                    system -> RunListener.NONE);
            if (outcome.phase() != RunPhase.COMPLETED) {
                String why = "the probe failed: " + outcome.cause();
                if (outcome.permanent()) {
                    throw new UserError(why);
                }
                throw new IOException(why);
            }
            return timeline.stages();
        }
    }

    /** Tells which stage the probe is at. */
    private record Shown(Console console, String name) implements RunListener {
        @Override
        public void stageChanged(Stage stage, StageState state, String cause) {
            if (state == StageState.RUNNING) {
                console.say(
                        "probe of " + (name.equals("layers") ? "a few layers: " : "the whole model: ") + stage.word());
            }
        }
    }
}
