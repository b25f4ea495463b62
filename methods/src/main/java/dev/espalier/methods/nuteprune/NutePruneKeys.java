package dev.espalier.methods.nuteprune;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

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
        Optional<Stage> uncalibrated = Rounds.of(config.stages()).uncalibrated();
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
        problems.require(
                !chosen || metrics(prune).isEmpty() || uncalibrated.isEmpty(),
                "prune.initialise-from = " + prune.initialiseFrom().orElse("none")
                        + " needs calibration: add calibrate before "
                        + uncalibrated.map(Stage::word).orElse("") + ", or change that key",
                "stages",
                "prune.method",
                "prune.initialise-from");
    }

    /** The scores that masks start from, where these need text. */
    public static Set<String> metrics(RunConfig.Prune prune) {
        return prune.initialiseFrom().stream()
                .filter(metric -> !metric.equals("magnitude"))
                .collect(Collectors.toSet());
    }
}
