package dev.espalier.methods.sheared;

import dev.espalier.methods.gates.StartScores;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Range;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.StrictConfig;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.config.WantedShape;

/** What {@code prune.method = sheared} reads. */
public final class ShearedKeys implements MethodKeys<ShearedSettings> {
    public static final String NAME = "sheared";

    private static final Range RATE = Range.above(0, 1e6);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean evenly() {
        return true;
    }

    @Override
    public boolean decidesHowMuch(RunConfig config) {
        ShearedSettings own = of(config);
        return own.parameters() > 0 || !own.shape().isNothing();
    }

    @Override
    public ShearedSettings read(StrictConfig prune) {
        StrictConfig own = prune.section(NAME);
        StrictConfig rates = own.section("learning-rate");
        return new ShearedSettings(
                WantedShape.read(own.section("shape")),
                own.decimal("parameters", Range.from(0, 1e15)),
                own.constant("train", Trained.class),
                own.flag("faithful"),
                own.decimal("warmup", Range.from(0, 1)),
                rates.decimal("weights", Range.above(0, 10)),
                rates.decimal("masks", RATE),
                rates.decimal("multipliers", Range.from(0, 1e6)));
    }

    /** The settings of a run that prunes by this method. */
    public static ShearedSettings of(RunConfig config) {
        return config.prune().own(NAME, ShearedSettings.class);
    }

    /** What fits the model's own numbers, these tell. */
    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(NAME)) {
            return;
        }
        problems.require(
                Rounds.of(config.stages()).count() < 2,
                "prune.method = sheared reaches its shape in one round: leave one prune, or change that key",
                "stages",
                "prune.method");
        ShearedSettings own = of(config);
        problems.require(
                prune.target().equals(Target.SPARSITY) || !decidesHowMuch(config),
                "is one target too many beside prune.sheared.shape or prune.sheared.parameters: leave these out",
                prune.target().key());
        problems.require(
                config.export().uniform(),
                "cannot be false with prune.method = sheared, which makes layers alike: leave it out",
                "export.uniform",
                "prune.method");
        problems.require(
                !prune.granularity().contains(Granularity.BLOCKS),
                "cannot have blocks with prune.method = sheared: a layer goes whole. Take blocks out",
                "prune.granularity",
                "prune.method");
        int multiple = config.export().ffnMultiple();
        problems.require(
                own.shape().intermediate().orElse(0) % multiple == 0,
                "is no multiple of export.ffn-multiple = " + multiple + ": change one of them",
                "prune.sheared.shape.intermediate",
                "export.ffn-multiple");
        StartScores.check(config, problems);
    }
}
