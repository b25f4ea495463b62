package dev.espalier.coordinator;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A small run's configuration, one setting at a time different from the usual. */
public final class RunConfigs {
    public String method = "nuteprune";
    public double sparsity = 0.2;
    public int pruneSteps = 30;
    public double hardenAt = 1;
    public int warmupSteps = 20;
    public boolean faithful;
    public boolean refit = true;
    public Optional<String> initialiseFrom = Optional.of("obs");
    public RunConfig.CurriculumKind curriculum = RunConfig.CurriculumKind.NUMEROUS;
    public boolean uniform = true;
    public int recoverSteps = 12;
    public int innerSteps = 5;
    public int maxStaleness = 4;
    public double outerRate = 1;
    public double momentum;
    public RunConfig.Upload upload = RunConfig.Upload.F32;
    public int keep = 2;
    public List<Stage> stages = Stage.USUAL;
    public List<RunConfig.TextSource> texts = List.of();

    /** Targets, if there are several. */
    public List<Double> rounds = List.of();

    public RunConfig build() {
        RunConfig.Lora lora = new RunConfig.Lora(List.of("q", "v"), 8, 8);
        return new RunConfig(
                "test",
                1,
                stages,
                new RunConfig.Model(Path.of("model"), "f32", "cpu", false),
                new RunConfig.Data(texts, List.of(), 128),
                new RunConfig.Calibrate(1024, 0.01),
                new RunConfig.Prune(
                        method,
                        Target.SPARSITY,
                        rounds.isEmpty() ? List.of(sparsity) : rounds,
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
                        refit,
                        Map.of()),
                new RunConfig.Recover(
                        RunConfig.Objective.DISTILL,
                        List.of(),
                        RunConfig.Modules.LORA,
                        recoverSteps,
                        4,
                        1e-3,
                        2,
                        1,
                        lora),
                new RunConfig.Pretrain(
                        0,
                        1,
                        true,
                        12,
                        4,
                        4,
                        new PretrainConfig.LearningRate(1e-4, 1e-5, 2),
                        0,
                        new PretrainConfig.Betas(0.9, 0.95),
                        1),
                new RunConfig.Export(List.of("hf"), uniform, 1, "f32", "same"),
                new RunConfig.Evaluate(List.of(), List.of(), true, 7, 0, 0),
                new RunConfig.Cluster(innerSteps, maxStaleness, new RunConfig.Outer(outerRate, momentum), upload),
                new RunConfig.Checkpoint(keep),
                new RunConfig.Metrics(true));
    }
}
