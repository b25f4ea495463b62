package dev.espalier.cli.plan;

import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.stage.StagePlan.Training;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.evaluation.Evaluation;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How much a run has to do: what its times are proportional to.
 *
 * @param calibrationTokens that go through each layer
 * @param trainings of each stage, in order
 * @param measured of the evaluation, by what progress calls it: windows, tokens of questions, rounds of the speed test
 */
record Amounts(long calibrationTokens, Map<Stage, List<Training>> trainings, Map<String, Long> measured) {
    static Amounts of(RunConfig config, LlamaConfig model, Tokenizer tokenizer) {
        StagePlan plan = new StagePlan(config, Methods.stages());
        return new Amounts(
                calibrationTokens(config, model, tokenizer),
                plan.stages().stream().collect(Collectors.toMap(Function.identity(), stage -> plan.trainings(stage))),
                measured(config, model, tokenizer));
    }

    List<Training> trainings(Stage stage) {
        return trainings.getOrDefault(stage, List.of());
    }

    /** As many whole windows as are wanted, or as the texts have. */
    private static long calibrationTokens(RunConfig config, LlamaConfig model, Tokenizer tokenizer) {
        int window = Window.calibration(config.data(), model).tokens();
        long most = Math.max(config.calibrate().tokens(), window);
        boolean separated = !model.eos().isEmpty() || model.bos() != null;
        long found = 0;
        for (RunConfig.TextSource source : config.data().train()) {
            if (found < most) {
                found += TextSource.open(source, tokenizer).tokens(tokenizer, separated, Math.toIntExact(most - found));
            }
        }
        return Math.min(found, most) / window * window;
    }

    private static Map<String, Long> measured(RunConfig config, LlamaConfig model, Tokenizer tokenizer) {
        return config.stages().contains(Stage.EVALUATE)
                ? Evaluation.amounts(plan(config.evaluate()), model, tokenizer)
                : Map.of();
    }

    private static Evaluation.Plan plan(RunConfig.Evaluate evaluate) {
        return new Evaluation.Plan(
                evaluate.perplexity(), evaluate.choices(), evaluate.speedRounds(), evaluate.window(), evaluate.limit());
    }
}
