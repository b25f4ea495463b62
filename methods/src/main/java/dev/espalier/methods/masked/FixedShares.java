package dev.espalier.methods.masked;

import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.MixKind;

/** The texts' shares of methods that learn from masks, which are their weights. */
public final class FixedShares {
    private FixedShares() {}

    /** Refuses shares that are to follow losses: no student is trained whose losses on each text could be measured. */
    public static void check(RunConfig config, ConfigProblems problems) {
        MixKind kind = config.data().mix().kind();
        problems.require(
                kind == MixKind.OFF
                        || kind == MixKind.CONSTANT
                        || Rounds.of(config.stages()).count() == 0,
                "moves shares by the losses of a student that is trained, and prune.method = "
                        + config.prune().method()
                        + " trains none, so that they would stay as they are: set off or constant,"
                        + " or another method",
                "data.mix.kind",
                "prune.method",
                "stages");
    }
}
