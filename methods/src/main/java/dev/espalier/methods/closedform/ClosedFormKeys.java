package dev.espalier.methods.closedform;

import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.StrictConfig;

/** What the closed form demands of a configuration. It has no keys of its own. */
public record ClosedFormKeys(String name) implements MethodKeys<ClosedFormKeys.None> {
    /** It has none. */
    record None() {}

    @Override
    public None read(StrictConfig prune) {
        return new None();
    }

    @Override
    public boolean ffnMultiples() {
        return true;
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(name)) {
            return;
        }
        OneShotKeys.requireHeadsAndChannels(name, prune, problems);
        problems.require(
                prune.refit(),
                name
                        + " chooses by what re-fitting leaves, and re-fits: leave prune.refit out, or take another prune.method",
                "prune.refit",
                "prune.method");
        problems.require(
                !prune.granularity().contains(Granularity.HEADS) || prune.headUnit() == HeadUnit.GROUP,
                "single query heads cannot be removed by " + name
                        + ", which knows how many go before it knows which: set"
                        + " prune.head-unit = group, or another prune.method",
                "prune.head-unit",
                "prune.granularity",
                "prune.method");
    }
}
