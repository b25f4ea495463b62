package dev.espalier.protocol.config;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Collections;
import java.util.List;

/** What the keys of a run's configuration demand of each other. */
final class RunRules {
    private RunRules() {}

    static void check(RunConfig config, ConfigProblems problems) {
        StageRules.check(config, problems);
        evaluation(config, problems);
        data(config, problems);
        MixKeys.check(config.data(), problems);
        prune(config.prune(), problems);
        shape(config, problems);
        MethodCatalogue.installedKeys().forEach(method -> method.check(config, problems));
        problems.require(
                config.recover().warmupSteps() <= config.recover().steps(),
                "must be at most recover.steps (" + config.recover().steps() + ")",
                "recover.warmup-steps",
                "recover.steps");
        boolean chooses = config.recover().objective() == RunConfig.Objective.CHOICES;
        problems.require(
                !chooses || !config.recover().choices().isEmpty(),
                "must name a file of questions for recover.objective = choices, as evaluate.choices does",
                "recover.choices",
                "recover.objective");
        problems.require(
                chooses || config.recover().choices().isEmpty(),
                "is read with recover.objective = choices only: set that, or leave it empty",
                "recover.choices",
                "recover.objective");
        pretrain(config.pretrain(), problems);
    }

    private static void pretrain(RunConfig.Pretrain pretrain, ConfigProblems problems) {
        problems.require(
                pretrain.rates().warmupSteps() <= pretrain.steps(),
                "must be at most pretrain.steps (" + pretrain.steps() + ")",
                "pretrain.learning-rate.warmup-steps",
                "pretrain.steps");
        problems.require(
                pretrain.rates().last() <= pretrain.rates().peak(),
                "must be at most pretrain.learning-rate.peak ("
                        + pretrain.rates().peak() + ")",
                "pretrain.learning-rate.final",
                "pretrain.learning-rate.peak");
        problems.require(
                pretrain.batchSize() % pretrain.microBatch() == 0,
                "must divide pretrain.batch-size (" + pretrain.batchSize() + "): a step adds up whole pieces",
                "pretrain.micro-batch",
                "pretrain.batch-size");
    }

    private static void evaluation(RunConfig config, ConfigProblems problems) {
        List<Stage> stages = config.stages();
        RunConfig.Evaluate evaluate = config.evaluate();
        problems.require(
                !stages.contains(Stage.EVALUATE)
                        || evaluate.latency()
                        || !evaluate.perplexity().isEmpty()
                        || !evaluate.choices().isEmpty(),
                "leaves nothing to measure: name files under evaluate.perplexity or evaluate.choices, set"
                        + " evaluate.latency = true, or take evaluate out of the stages",
                "evaluate.latency",
                "evaluate.perplexity",
                "evaluate.choices",
                "stages");
    }

    private static void data(RunConfig config, ConfigProblems problems) {
        boolean reads = config.stages().stream()
                .anyMatch(stage ->
                        stage.equals(Stage.CALIBRATE) || stage.equals(Stage.PRUNE) || stage.trainsWhatIsLeft());
        problems.require(
                !reads || !config.data().train().isEmpty(),
                "must not be empty: name a text, such as data.train = [ { path = \"corpus.txt\" } ]",
                "data.train",
                "stages");
        problems.require(
                !config.stages().contains(Stage.CALIBRATE)
                        || config.calibrate().tokens() >= config.data().sequenceLength(),
                "must be at least one sequence (data.sequence-length = "
                        + config.data().sequenceLength() + ")",
                "calibrate.tokens",
                "data.sequence-length");
    }

    private static void prune(RunConfig.Prune prune, ConfigProblems problems) {
        problems.require(
                prune.schedule().warmupSteps() <= prune.gatedSteps(),
                "must be at most prune.gates.harden-at * prune.steps (" + prune.gatedSteps() + ")",
                "prune.schedule.warmup-steps",
                "prune.gates.harden-at",
                "prune.steps");
        problems.require(
                prune.gates().finalTemperature() <= prune.gates().temperature(),
                "must be at most prune.gates.temperature (" + prune.gates().temperature() + "): gates only harden",
                "prune.gates.final-temperature",
                "prune.gates.temperature");
    }

    private static void shape(RunConfig config, ConfigProblems problems) {
        problems.require(
                !config.model().dtype().equals("f16"),
                "has too small a range for gradients: set f32 or bf16 (the export may be f16, export.dtype)",
                "model.dtype");
        RunConfig.Prune prune = config.prune();
        boolean alike = config.export().uniform()
                && MethodCatalogue.installedKeys().stream()
                        .noneMatch(method -> method.name().equals(prune.method()) && method.evenly());
        problems.require(
                !alike || !prune.granularity().contains(Granularity.HEADS) || prune.headUnit() == HeadUnit.GROUP,
                "single query heads cannot be removed evenly while export.uniform = true: set prune.head-unit = group,"
                        + " or export.uniform = false",
                "prune.head-unit",
                "prune.granularity",
                "export.uniform");
        problems.require(
                !alike || Collections.disjoint(prune.granularity(), List.of(Granularity.LAYERS, Granularity.BLOCKS)),
                "whole layers and sub-blocks cannot be removed from every layer alike: take them out, or set"
                        + " export.uniform = false",
                "prune.granularity",
                "export.uniform");
        formats(config.export(), problems);
        ffnMultiple(config, problems);
    }

    private static void formats(RunConfig.Export export, ConfigProblems problems) {
        problems.require(
                export.formats().contains("hf"),
                "must have hf: it is what the run measures, and what the other formats are made of",
                "export.formats");
        problems.require(
                export.ggufDtype().equals(RunConfig.Export.SAME)
                        || export.formats().contains("gguf"),
                "is read with gguf in export.formats only: add that, or leave it at " + RunConfig.Export.SAME,
                "export.gguf.dtype",
                "export.formats");
    }

    private static void ffnMultiple(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        boolean ffn = prune.granularity().contains(Granularity.FFN);
        problems.require(
                config.export().ffnMultiple() == 1 || ffn,
                "has no effect while prune.granularity leaves ffn out: set it to 1, or add ffn",
                "export.ffn-multiple",
                "prune.granularity");
        List<String> obeying = MethodCatalogue.installedKeys().stream()
                .filter(MethodKeys::ffnMultiples)
                .map(MethodKeys::name)
                .toList();
        problems.require(
                config.export().ffnMultiple() == 1
                        || !ffn
                        || config.export().uniform()
                        || obeying.contains(prune.method()),
                "has no effect with prune.method = " + prune.method()
                        + " while layers may differ (export.uniform = false):"
                        + " set it to 1, or export.uniform = true"
                        + (obeying.isEmpty() ? "" : ", or a method that obeys it (" + String.join(", ", obeying) + ")"),
                "export.ffn-multiple",
                "export.uniform",
                "prune.method");
    }
}
