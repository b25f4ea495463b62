package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.PretrainConfig.Betas;
import dev.espalier.protocol.config.PretrainConfig.LearningRate;
import dev.espalier.protocol.config.PretrainConfig.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads the configuration of {@code espalier pretrain}, as strictly as {@link RunConfigReader} does a run's. */
public final class PretrainConfigReader {
    private static final int MOST = 10_000_000;
    private static final Range BETA = Range.from(0, 0.999999);

    private PretrainConfigReader() {}

    /**
     * @param file HOCON with the keys that {@code reference.conf} documents under {@code espalier.pretrain}
     * @param overrides {@code key=value}, stronger than the file, the last one strongest
     * @throws UserError if the file cannot be read or anything in it is wrong
     */
    public static ResolvedPretrain read(Path file, List<String> overrides) {
        Config whole =
                ConfigFiles.resolved(file, ConfigFiles.user(file, overrides), ConfigFiles.documented("pretrain"));
        ConfigProblems problems = new ConfigProblems(file.toString());
        Path folder = file.toAbsolutePath().normalize().getParent();
        StrictConfig root = StrictConfig.root(whole, Optional.of(folder), problems);
        PretrainConfig config = sections(root, RunNames.from(file));
        root.refuseUnknown();
        rules(config, problems);
        problems.throwIfAny();
        return new ResolvedPretrain(config, ConfigFiles.render(file, root.values()));
    }

    private static PretrainConfig sections(StrictConfig root, String name) {
        int steps = root.integer("steps", 1, MOST);
        return new PretrainConfig(
                RunNames.read(root, "name", name),
                root.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                RunSections.device(root),
                root.flag("activation-checkpointing"),
                shape(root.section("model")),
                root.path("tokenizer", "name a tokenizer.json, or a folder that holds one"),
                TextSources.read(root.section("data"), RunConfig.Mix.OFF),
                root.integer("batch-size", 1, 65_536),
                steps,
                learningRate(root.section("learning-rate"), steps),
                root.decimal("weight-decay", Range.from(0, 10)),
                betas(root),
                root.decimal("clip", Range.above(0, 1e6)),
                root.integer("log-interval", 1, MOST),
                root.integer("checkpoint-interval", 1, MOST),
                root.choice("dtype", RunSections.DTYPES));
    }

    static Betas betas(StrictConfig section) {
        List<Double> betas = section.decimals("betas", 2, BETA);
        return new Betas(betas.get(0), betas.get(1));
    }

    private static Shape shape(StrictConfig model) {
        int hidden = model.integer("hidden", 2, 65_536);
        int heads = model.integer("heads", 1, 1_024);
        return new Shape(
                model.integer("layers", 1, 1_000),
                hidden,
                heads,
                model.integer("kv-heads", 1, 1_024),
                model.integerOr("head-dim", 2, 1_024, hidden / heads),
                model.integer("intermediate", 1, 1 << 20),
                model.flag("tie-embeddings"),
                model.integer("max-positions", 8, 1 << 20),
                model.decimal("rope-theta", Range.above(1, 1e9)),
                model.decimal("norm-eps", Range.above(0, 0.1)));
    }

    private static LearningRate learningRate(StrictConfig rate, int steps) {
        return new LearningRate(
                rate.decimal("peak", RunSections.LEARNING_RATE),
                rate.decimal("final", Range.from(0, 10)),
                rate.integerOr("warmup-steps", 0, MOST, (int) Math.round(steps * 0.05)));
    }

    private static void rules(PretrainConfig config, ConfigProblems problems) {
        Shape shape = config.model();
        problems.require(
                shape.hidden() % shape.heads() == 0,
                "must be a multiple of model.heads (" + shape.heads() + ")",
                "model.hidden",
                "model.heads");
        problems.require(
                shape.heads() % shape.kvHeads() == 0,
                "must divide model.heads (" + shape.heads() + ")",
                "model.kv-heads",
                "model.heads");
        problems.require(
                shape.headDim() % 2 == 0,
                "must be even, for the rotary embedding (model.hidden / model.heads is "
                        + shape.hidden() / shape.heads() + ")",
                "model.head-dim",
                "model.hidden",
                "model.heads");
        problems.require(
                shape.maxPositions() >= config.data().sequenceLength(),
                "must be at least data.sequence-length (" + config.data().sequenceLength() + ")",
                "model.max-positions",
                "data.sequence-length");
        problems.require(
                !config.data().train().isEmpty(),
                "must not be empty: name a text, such as data.train = [ { path = \"corpus.txt\" } ]",
                "data.train");
        problems.require(
                config.data().validation().isEmpty(),
                "is not measured by pretrain: leave it out, and measure the model with espalier evaluate",
                "data.validation");
        problems.require(
                config.learningRate().last() <= config.learningRate().peak(),
                "must be at most learning-rate.peak (" + config.learningRate().peak() + ")",
                "learning-rate.final",
                "learning-rate.peak");
        problems.require(
                config.learningRate().warmupSteps() <= config.steps(),
                "must be at most steps (" + config.steps() + ")",
                "learning-rate.warmup-steps",
                "steps");
    }
}
