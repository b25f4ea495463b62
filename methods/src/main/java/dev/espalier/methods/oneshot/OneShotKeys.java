package dev.espalier.methods.oneshot;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a method that prunes in one shot is, and demands of a configuration. It has no keys of its own.
 *
 * @param name also of the metric by whose scores it chooses
 * @param calibrates whether these are what the calibrate stage found
 * @param walks whether it chooses while it walks through calibration text, layer after pruned layer: it knows how many units
 *     go before it knows which, and so makes all layers alike
 */
public record OneShotKeys(String name, boolean calibrates, boolean walks) implements MethodKeys<OneShotKeys.None> {
    /** It has none. */
    record None() {}

    /** By a metric's scores. */
    public static OneShotKeys byScores(String name, boolean calibrates) {
        return new OneShotKeys(name, calibrates, false);
    }

    /** By the closed form. */
    public static OneShotKeys closedForm(String name) {
        return new OneShotKeys(name, false, true);
    }

    @Override
    public None read(StrictConfig prune) {
        return new None();
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(name)) {
            return;
        }
        problems.require(
                prune.faithful() || !prune.granularity().contains(Granularity.HIDDEN),
                "hidden cannot be pruned by " + name + ": take it out, or set prune.method = nuteprune",
                "prune.granularity",
                "prune.method");
        problems.require(
                Collections.disjoint(prune.granularity(), List.of(Granularity.LAYERS, Granularity.BLOCKS)),
                "layers and blocks cannot be pruned by " + name
                        + ", which scores heads and channels: take them out, or set prune.method = nuteprune",
                "prune.granularity",
                "prune.method");
        problems.require(
                !walks || !prune.granularity().contains(Granularity.HEADS) || prune.headUnit() == HeadUnit.GROUP,
                "single query heads cannot be removed by " + name
                        + ", which knows how many go before it knows which: set"
                        + " prune.head-unit = group, or another prune.method",
                "prune.head-unit",
                "prune.granularity",
                "prune.method");
        Optional<Stage> uncalibrated = Rounds.of(config.stages()).uncalibrated();
        problems.require(
                !calibrates || uncalibrated.isEmpty(),
                "prune.method = " + name + " needs calibration: add calibrate before "
                        + uncalibrated.map(Stage::word).orElse("") + ", or change that key",
                "stages",
                "prune.method");
    }
}
