package dev.espalier.methods.nuteprune;

import dev.espalier.methods.gates.StartScores;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;

/** What NutePrune demands of a configuration. Its keys are those of {@code prune} itself. */
public final class NutePruneKeys implements MethodKeys<NutePruneKeys.None> {
    /** What {@code prune.method} calls it. */
    public static final String NAME = "nuteprune";

    /** It has none below {@code prune.nuteprune}. */
    record None() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public None read(StrictConfig prune) {
        return new None();
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        boolean chosen = prune.method().equals(NAME);
        problems.require(
                !prune.faithful() || chosen,
                "is about nuteprune's own code: remove it, or set prune.method = nuteprune (now " + prune.method()
                        + ")",
                "prune.faithful",
                "prune.method");
        problems.require(
                !prune.faithful() || (!prune.refit() && prune.gates().hardenAt() == 1),
                "knows no closed form and cuts at the end: leave prune.refit and prune.gates.harden-at out, or set"
                        + " prune.faithful = false",
                "prune.faithful",
                "prune.refit",
                "prune.gates.harden-at");
        problems.require(
                !chosen || prune.distillation().kl() > 0 || prune.distillation().layers() > 0,
                "leaves nuteprune nothing to learn from: give prune.distillation.kl or .layers a weight above 0",
                "prune.distillation.kl",
                "prune.distillation.layers",
                "prune.method");
        if (chosen) {
            StartScores.check(config, problems);
        }
    }
}
