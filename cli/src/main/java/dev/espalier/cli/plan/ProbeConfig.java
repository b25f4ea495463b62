package dev.espalier.cli.plan;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.config.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A run's configuration with little to do: pure. */
final class ProbeConfig {
    /** Of each kind of training: the first is warm-up, and merging is seen between slices. */
    private static final int LEAST_STEPS = 5;

    /** Java and TorchScript take a dozen steps to warm up, which are soon over where the model is small. */
    private static final int MOST_STEPS = 16;

    /** Parameters times tokens that all steps of a training may have together, above the least: a second or two. */
    private static final double WORK = 1e10;

    /** A later round takes a step that the first does not; those after it do what it did. */
    private static final int ROUNDS = 2;

    private static final int INNER_STEPS = 2;
    private static final int MEASURED = 12;

    /** Of windows that go through a model at once. */
    private static final int BATCHES = 3;

    /** After a warm-up as long as the run's own. */
    private static final int SPEED_ROUNDS = 1;

    private ProbeConfig() {}

    /**
     * All stages of the run, of two rounds at most, on one window of calibration text.
     *
     * @param parameters of the model
     * @param window tokens of it
     * @param batch windows of the evaluation that go through a model at once
     * @param folders where its folder is to be
     */
    static ResolvedRun whole(ResolvedRun run, long parameters, int window, int batch, Path folders) {
        Config config = with(
                few(run, window, ROUNDS, steps(run.config(), parameters), stage -> true),
                "evaluate.limit",
                Math.max(MEASURED, BATCHES * batch),
                "evaluate.latency-rounds",
                SPEED_ROUNDS);
        return resolved(config, folders, "whole");
    }

    /**
     * Calibration and pruning of a few layers, on more text: what more tokens cost.
     *
     * @param model folder of those layers
     */
    static ResolvedRun layers(ResolvedRun run, Path model, int tokens, Path folders) {
        Config config = few(run, tokens, 1, 1, stage -> stage.equals(Stage.CALIBRATE) || stage.equals(Stage.PRUNE));
        return resolved(with(config, "model.path", model.toString()), folders, "layers");
    }

    /** Of each kind of training. */
    static int steps(RunConfig run, long parameters) {
        double tokens = (double) run.data().sequenceLength()
                * Math.max(run.prune().batchSize(), run.recover().batchSize());
        return (int) Math.max(LEAST_STEPS, Math.min(MOST_STEPS, WORK / (parameters * tokens)));
    }

    /** @param steps of each kind of training */
    private static Config few(ResolvedRun run, int tokens, int rounds, int steps, Predicate<Stage> which) {
        Rounds all = Rounds.of(run.config().stages());
        StagePlan plan = new StagePlan(run.config(), Methods.stages());
        int trainings = Math.max(1, plan.trainings(Stage.PRUNE).size());
        return with(
                ConfigFactory.parseString(run.text()),
                "stages",
                run.config().stages().stream()
                        .filter(which)
                        .filter(stage -> !inRounds(stage) || all.number(stage) <= rounds)
                        .map(Stage::kind)
                        .toList(),
                Target.SECTION,
                Map.of(Target.SPARSITY.word(), targets(run.config(), rounds)),
                "calibrate.tokens",
                Math.max(tokens, run.config().data().sequenceLength()),
                "prune.steps",
                trainings * steps,
                "prune.gates.harden-at",
                trainings > 1 ? 0.5 : run.config().prune().gates().hardenAt(),
                "prune.schedule.warmup-steps",
                1,
                "recover.steps",
                Math.min(steps, run.config().recover().steps()),
                "recover.warmup-steps",
                Math.min(1, run.config().recover().steps()),
                "pretrain.steps",
                Math.min(steps, run.config().pretrain().steps()),
                "pretrain.learning-rate.warmup-steps",
                Math.min(1, run.config().pretrain().steps()),
                "cluster.inner-steps",
                INNER_STEPS);
    }

    private static boolean inRounds(Stage stage) {
        return !stage.equals(Stage.EXPORT) && !stage.equals(Stage.EVALUATE);
    }

    private static List<Double> targets(RunConfig config, int rounds) {
        List<Double> reached = config.prune().rounds();
        return reached.subList(0, Math.min(rounds, reached.size()));
    }

    private static Config with(Config config, Object... settings) {
        Config result = config;
        for (int i = 0; i < settings.length; i += 2) {
            result = result.withValue((String) settings[i], ConfigValueFactory.fromAnyRef(settings[i + 1]));
        }
        return result;
    }

    private static ResolvedRun resolved(Config config, Path folders, String name) {
        Config named = config.withValue("run.name", ConfigValueFactory.fromAnyRef(name));
        return RunConfigReader.submitted(named.root().render(ConfigRenderOptions.concise()), folders);
    }
}
