package dev.espalier.methods.oneshot;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a method that prunes in one shot, by a metric's scores, is, and demands of a configuration. It has no keys of its own.
 *
 * @param name also of the metric by whose scores it chooses
 * @param calibrates whether these are what the calibrate stage found
 */
public record OneShotKeys(String name, boolean calibrates) implements MethodKeys<OneShotKeys.None> {
    /** It has none. */
    record None() {}

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
        requireHeadsAndChannels(name, prune, problems);
        Optional<Stage> uncalibrated = Rounds.of(config.stages()).uncalibrated();
        problems.require(
                !calibrates || uncalibrated.isEmpty(),
                "prune.method = " + name + " needs calibration: add calibrate before "
                        + uncalibrated.map(Stage::word).orElse("") + ", or change that key",
                "stages",
                "prune.method");
    }

    /** For methods that score these and know nothing else. */
    public static void requireHeadsAndChannels(String name, RunConfig.Prune prune, ConfigProblems problems) {
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
    }
}
