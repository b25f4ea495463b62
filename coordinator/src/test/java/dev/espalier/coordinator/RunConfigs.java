package dev.espalier.coordinator;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A small run's configuration, one setting at a time different from the usual. */
final class RunConfigs {
    RunConfig.Method method = RunConfig.Method.NUTEPRUNE;
    double sparsity = 0.2;
    int pruneSteps = 30;
    double hardenAt = 1;
    int warmupSteps = 20;
    boolean faithful;
    boolean refit = true;
    Optional<RunConfig.Metric> initialiseFrom = Optional.of(RunConfig.Metric.OBS);
    RunConfig.CurriculumKind curriculum = RunConfig.CurriculumKind.NUMEROUS;
    int recoverSteps = 12;
    int innerSteps = 5;
    int maxStaleness = 4;
    double outerRate = 1;
    double momentum;
    int keep = 2;
    List<Stage> stages = Stage.USUAL;

    RunConfig build() {
        RunConfig.Lora lora = new RunConfig.Lora(List.of("q", "v"), 8, 8);
        return new RunConfig(
                "test",
                1,
                stages,
                new RunConfig.Model(Path.of("model"), "f32", "cpu", false),
                new RunConfig.Data(List.of(), List.of(), 128),
                new RunConfig.Calibrate(1024, 0.01),
                new RunConfig.Prune(
                        method,
                        sparsity,
                        pruneSteps,
                        4,
                        List.of(RunConfig.Granularity.FFN),
                        RunConfig.HeadUnit.GROUP,
                        initialiseFrom,
                        faithful,
                        new RunConfig.Schedule(RunConfig.ScheduleKind.LINEAR, warmupSteps),
                        new RunConfig.Curriculum(curriculum, 10, 1),
                        lora,
                        new RunConfig.LearningRates(1e-3, 0.1, 0.1),
                        new RunConfig.Distillation(1, 1, 0),
                        new RunConfig.Gates(0.66, 0.1, hardenAt),
                        refit),
                new RunConfig.Recover(RunConfig.Objective.DISTILL, recoverSteps, 4, 1e-3, 2, 1, lora),
                new RunConfig.Export(List.of("hf"), true, 1, "f32"),
                new RunConfig.Evaluate(List.of(), List.of(), true, 0, 0),
                new RunConfig.Cluster(innerSteps, maxStaleness, new RunConfig.Outer(outerRate, momentum)),
                new RunConfig.Checkpoint(keep));
    }
}
