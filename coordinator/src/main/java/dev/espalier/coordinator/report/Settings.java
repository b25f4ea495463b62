package dev.espalier.coordinator.report;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How a model was trained, for its card: what was set, and what was done of it. */
final class Settings {
    private Settings() {}

    /** @param steps all that the run took, in order */
    static List<String> of(RunConfig config, List<StepMetrics> steps) {
        List<String> settings = new ArrayList<>();
        settings.add("sequences of " + config.data().sequenceLength() + " tokens, weights in "
                + config.model().dtype() + " while training");
        Map<Stage, Done> done = new LinkedHashMap<>();
        steps.forEach(step -> done.merge(step.stage(), new Done(1, step.tokens()), Done::plus));
        done.forEach((stage, taken) -> settings.add(stage.word() + ": " + taken.words() + how(stage, config)));
        return settings;
    }

    private record Done(long steps, long tokens) {
        Done plus(Done more) {
            return new Done(steps + more.steps, tokens + more.tokens);
        }

        String words() {
            return steps + " steps, " + Figures.grouped(tokens) + " tokens";
        }
    }

    private static String how(Stage stage, RunConfig config) {
        return switch (stage.kind()) {
            case "prune" ->
                "; batches of " + config.prune().batchSize() + ", granularity "
                        + String.join(
                                " ",
                                config.prune().granularity().stream()
                                        .map(unit -> unit.name().toLowerCase(Locale.ROOT))
                                        .toList());
            case "recover" -> recover(config.recover());
            case "pretrain" ->
                "; batches of " + config.pretrain().batchSize() + ", all weights, learning rate "
                        + config.pretrain().rates().peak() + " to "
                        + config.pretrain().rates().last() + ", distilled by "
                        + config.pretrain().distill();
            default -> "";
        };
    }

    private static String recover(RunConfig.Recover recover) {
        String trained = recover.factors()
                .map(lora -> "LoRA of rank " + lora.rank() + ", alpha " + lora.alpha())
                .orElse("all weights");
        return "; batches of " + recover.batchSize() + ", objective "
                + recover.objective().name().toLowerCase(Locale.ROOT) + ", " + trained + ", learning rate "
                + recover.learningRate() + " after " + recover.warmupSteps() + " steps of warm-up";
    }
}
