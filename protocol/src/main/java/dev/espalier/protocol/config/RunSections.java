package dev.espalier.protocol.config;

import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.config.RunConfig.Curriculum;
import dev.espalier.protocol.config.RunConfig.CurriculumKind;
import dev.espalier.protocol.config.RunConfig.Distillation;
import dev.espalier.protocol.config.RunConfig.Gates;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.RunConfig.LearningRates;
import dev.espalier.protocol.config.RunConfig.Lora;
import dev.espalier.protocol.config.RunConfig.Modules;
import dev.espalier.protocol.config.RunConfig.Objective;
import dev.espalier.protocol.config.RunConfig.Schedule;
import dev.espalier.protocol.config.RunConfig.ScheduleKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Turns the sections of a run's configuration into records, each key checked by itself. */
final class RunSections {
    static final List<String> DTYPES = List.of("f32", "f16", "bf16");
    private static final List<String> GGUF_DTYPES = List.of(RunConfig.Export.SAME, "f32", "f16", "bf16", "q8_0");
    static final Range LEARNING_RATE = Range.above(0, 10);

    private static final String NONE = "none";
    private static final int MOST_STEPS = 10_000_000;
    private static final int MOST_SEQUENCES = 65_536;
    private static final Range WEIGHT = Range.from(0, 1e6);
    private static final Range TEMPERATURE = Range.above(0, 100);
    private static final List<String> PROJECTIONS = List.of("q", "k", "v", "o", "gate", "up", "down");

    private RunSections() {}

    static RunConfig read(StrictConfig root, String name) {
        return new RunConfig(
                RunNames.read(root.section("run"), "name", name),
                root.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                Rounds.numbered(root.wordsInOrder("stages", MethodCatalogue.installedStages())),
                model(root.section("model")),
                data(root.section("data")),
                calibrate(root.section("calibrate")),
                prune(root.section("prune")),
                recover(root.section("recover")),
                pretrain(root.section("pretrain")),
                export(root.section("export")),
                evaluate(root.section("evaluate")),
                cluster(root.section("cluster")),
                new RunConfig.Checkpoint(root.section("checkpoint").integer("keep", 1, 1_000)),
                new RunConfig.Metrics(root.section("metrics").flag("tensorboard")));
    }

    static String device(StrictConfig section) {
        return section.matching("device", "auto|cpu|cuda:[0-9]{1,3}", "auto", "must be auto, cpu or cuda:N");
    }

    private static RunConfig.Model model(StrictConfig model) {
        return new RunConfig.Model(
                model.model("path", "name the folder of a Hugging Face checkpoint"),
                model.choice("dtype", DTYPES),
                device(model),
                model.flag("activation-checkpointing"));
    }

    private static RunConfig.Data data(StrictConfig data) {
        return TextSources.read(data, MixKeys.read(data.section("mix")));
    }

    private static RunConfig.Calibrate calibrate(StrictConfig calibrate) {
        return new RunConfig.Calibrate(
                calibrate.integer("tokens", 1, Integer.MAX_VALUE),
                calibrate.decimal("damping", Range.above(0, 10)),
                calibrate.integer("gradient-tokens", 1, Integer.MAX_VALUE));
    }

    private static RunConfig.Prune prune(StrictConfig prune) {
        String method = method(prune);
        TargetKeys.Read target = TargetKeys.read(prune.section("target"));
        int steps = prune.integer("steps", 1, MOST_STEPS);
        boolean faithful = prune.flag("faithful");
        Gates gates = gates(prune.section("gates"));
        return new RunConfig.Prune(
                method,
                target.target(),
                target.rounds(),
                steps,
                prune.integer("batch-size", 1, MOST_SEQUENCES),
                prune.words(new Words<>(Granularity.class), "granularity"),
                prune.word(new Words<>(HeadUnit.class), "head-unit"),
                metric(prune),
                faithful,
                schedule(prune.section("schedule"), steps, gates, faithful),
                curriculum(prune.section("curriculum")),
                lora(prune.section("lora")),
                learningRates(prune.section("learning-rate")),
                distillation(prune.section("distillation")),
                gates,
                prune.flag("refit"),
                own(prune));
    }

    /** Where none are installed, as in the engine's own tests, nobody can tell which words are right. */
    private static String method(StrictConfig prune) {
        List<String> installed =
                MethodCatalogue.installedKeys().stream().map(MethodKeys::name).toList();
        return installed.isEmpty() ? prune.text("method", "name a method") : prune.choice("method", installed);
    }

    private static Optional<String> metric(StrictConfig prune) {
        List<String> installed = MethodCatalogue.installedMetrics();
        String chosen = installed.isEmpty()
                ? prune.text("initialise-from", "name a metric, or none")
                : prune.choice(
                        "initialise-from",
                        Stream.concat(installed.stream(), Stream.of(NONE)).toList());
        return Optional.of(chosen).filter(name -> !name.equals(NONE));
    }

    private static Map<String, Object> own(StrictConfig prune) {
        Map<String, Object> own = new TreeMap<>();
        MethodCatalogue.installedKeys().forEach(method -> own.put(method.name(), method.read(prune)));
        return own;
    }

    private static Schedule schedule(StrictConfig schedule, int steps, Gates gates, boolean faithful) {
        long warmup = Math.round(faithful ? steps / 7.0 : steps * gates.hardenAt() * 0.8);
        return new Schedule(
                schedule.word(new Words<>(ScheduleKind.class), "kind"),
                schedule.integerOr("warmup-steps", 0, MOST_STEPS, (int) warmup));
    }

    private static Curriculum curriculum(StrictConfig curriculum) {
        return new Curriculum(
                curriculum.word(new Words<>(CurriculumKind.class), "kind"),
                curriculum.integer("gap", 1, 100),
                curriculum.integer("interval", 1, 50));
    }

    private static Lora lora(StrictConfig lora) {
        return new Lora(
                lora.choices("modules", PROJECTIONS),
                lora.integer("rank", 1, 4_096),
                lora.decimal("alpha", Range.above(0, 1e6)));
    }

    private static LearningRates learningRates(StrictConfig rates) {
        return new LearningRates(
                rates.decimal("lora", LEARNING_RATE),
                rates.decimal("masks", LEARNING_RATE),
                rates.decimal("multipliers", LEARNING_RATE));
    }

    private static Distillation distillation(StrictConfig distillation) {
        return new Distillation(
                distillation.decimal("temperature", TEMPERATURE),
                distillation.decimal("kl", WEIGHT),
                distillation.decimal("layers", WEIGHT));
    }

    private static Gates gates(StrictConfig gates) {
        return new Gates(
                gates.decimal("temperature", TEMPERATURE),
                gates.decimal("final-temperature", TEMPERATURE),
                gates.decimal("harden-at", Range.from(0, 1)));
    }

    private static RunConfig.Recover recover(StrictConfig recover) {
        int steps = recover.integer("steps", 1, MOST_STEPS);
        Modules modules = recover.word(new Words<>(Modules.class), "modules");
        return new RunConfig.Recover(
                recover.word(new Words<>(Objective.class), "objective"),
                recover.paths("choices"),
                modules,
                steps,
                recover.integer("batch-size", 1, MOST_SEQUENCES),
                recover.decimalOr("learning-rate", LEARNING_RATE, modules == Modules.LORA ? 1e-3 : 3e-4),
                recover.integerOr("warmup-steps", 0, MOST_STEPS, Math.min(10, steps)),
                recover.decimal("temperature", TEMPERATURE),
                lora(recover.section("lora")));
    }

    private static RunConfig.Pretrain pretrain(StrictConfig pretrain) {
        int steps = pretrain.integer("steps", 1, MOST_STEPS);
        int batchSize = pretrain.integer("batch-size", 1, MOST_SEQUENCES);
        StrictConfig rates = pretrain.section("learning-rate");
        return new RunConfig.Pretrain(
                pretrain.decimal("distill", Range.from(0, 1)),
                pretrain.decimal("temperature", TEMPERATURE),
                pretrain.flag("embeddings"),
                steps,
                batchSize,
                pretrain.integerOr("micro-batch", 1, MOST_SEQUENCES, batchSize),
                new PretrainConfig.LearningRate(
                        rates.decimal("peak", LEARNING_RATE),
                        rates.decimal("final", Range.from(0, 10)),
                        rates.integerOr("warmup-steps", 0, MOST_STEPS, (int) Math.round(steps * 0.03))),
                pretrain.decimal("weight-decay", Range.from(0, 10)),
                PretrainConfigReader.betas(pretrain),
                pretrain.decimal("clip", Range.above(0, 1e6)));
    }

    private static RunConfig.Export export(StrictConfig export) {
        return new RunConfig.Export(
                export.choices("formats", RunLayout.EXPORT_FORMATS),
                export.flag("uniform"),
                export.integer("ffn-multiple", 1, 65_536),
                export.choice("dtype", DTYPES),
                export.section("gguf").choice("dtype", GGUF_DTYPES));
    }

    private static RunConfig.Cluster cluster(StrictConfig cluster) {
        int innerSteps = cluster.integer("inner-steps", 1, MOST_STEPS);
        int maxStaleness = cluster.integer("max-staleness", 0, 100_000);
        StrictConfig outer = cluster.section("outer");
        return new RunConfig.Cluster(
                innerSteps,
                maxStaleness,
                new RunConfig.Outer(
                        outer.decimal("learning-rate", Range.above(0, 10)),
                        outer.decimal("momentum", Range.from(0, 0.99))),
                cluster.word(new Words<>(RunConfig.Upload.class), "upload"));
    }

    private static RunConfig.Evaluate evaluate(StrictConfig evaluate) {
        int window = evaluate.integer("window", 0, 1 << 20);
        if (window == 1) {
            evaluate.refuse("window", "must be at least 2, for the first token of a window is not predicted, or 0");
        }
        return new RunConfig.Evaluate(
                evaluate.paths("perplexity"),
                evaluate.paths("choices"),
                evaluate.flag("latency"),
                evaluate.integer("latency-rounds", 1, 1_000),
                window,
                evaluate.integer("limit", 0, Integer.MAX_VALUE));
    }
}
