package dev.espalier.methods.policygradient;

import dev.espalier.methods.masked.FixedShares;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Range;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code prune.method = policy-gradient} reads and demands. */
public final class PolicyGradientKeys implements MethodKeys<PolicyGradientSettings> {
    public static final String NAME = "policy-gradient";

    /** A step of this moves a probability by a twentieth where a loss lies a standard deviation beside the others. */
    private static final double RATE = 0.05;

    /** The authors' for LLaMA-2, of losses as they are. */
    private static final double AUTHORS_RATE = 0.002;

    /** Losses that a slice may return: as many as fit into an event of the journal. */
    private static final int MOST_LOSSES = 4000;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PolicyGradientSettings read(StrictConfig prune) {
        StrictConfig own = prune.section(NAME);
        boolean faithful = own.flag("faithful");
        return new PolicyGradientSettings(
                own.integer("masks", 1, MOST_LOSSES),
                own.constant("control", Control.class),
                own.constant("reward", Reward.class),
                own.decimalOr("learning-rate", Range.above(0, 10), faithful ? AUTHORS_RATE : RATE),
                own.integer("ffn-block", 1, 1 << 16),
                faithful,
                own.pathOrNone("start-from", "name the folder of an earlier run, or none"));
    }

    /** Whether there are scores to be calibrated. */
    @Override
    public Set<String> scoring() {
        return Set.of("prune." + NAME + ".start-from");
    }

    /** The settings of a run that prunes by this method. */
    public static PolicyGradientSettings of(RunConfig config) {
        return config.prune().own(NAME, PolicyGradientSettings.class);
    }

    /** The scores that probabilities start from, where these need text and nothing was learnt yet. */
    public static Set<String> metrics(RunConfig.Prune prune) {
        boolean learnt =
                prune.own(NAME, PolicyGradientSettings.class).startFrom().isPresent();
        return prune.initialiseFrom().filter(metric -> !learnt).stream()
                .filter(metric -> !metric.equals("magnitude"))
                .collect(Collectors.toSet());
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(NAME)) {
            return;
        }
        FixedShares.check(config, problems);
        PolicyGradientSettings own = of(config);
        problems.require(
                !prune.granularity().contains(Granularity.HIDDEN),
                "hidden cannot be pruned by policy-gradient: take it out, or set prune.method = nuteprune",
                "prune.granularity",
                "prune.method");
        problems.require(
                Collections.disjoint(prune.granularity(), List.of(Granularity.LAYERS, Granularity.BLOCKS))
                        || Rounds.of(config.stages()).count() < 2,
                "layers and blocks cannot be pruned in several rounds by policy-gradient: take them out, or leave one"
                        + " prune",
                "prune.granularity",
                "stages");
        problems.require(
                own.startFrom().isEmpty() || Rounds.of(config.stages()).count() < 2,
                "is what one round begins with: set it to none, or leave one prune",
                "prune.policy-gradient.start-from",
                "stages");
        problems.require(
                own.masks() > 1 || (!own.faithful() && own.control() == Control.INTACT && prune.batchSize() > 1),
                "a loss means something beside others only: draw two masks or more, or hold them against the intact model"
                        + " (prune.policy-gradient.control = intact) with prune.batch-size = 2 or more",
                "prune.policy-gradient.masks",
                "prune.policy-gradient.control",
                "prune.policy-gradient.faithful",
                "prune.batch-size");
        problems.require(
                !own.drawsOpposites() || own.masks() % 2 == 0,
                "draws masks in pairs: make their number even, or set prune.policy-gradient.control = siblings",
                "prune.policy-gradient.control",
                "prune.policy-gradient.masks");
        problems.require(
                !own.faithful() || own.reward() == Reward.LOSS,
                "the authors' code learns from the loss alone: set prune.policy-gradient.reward = loss, or faithful = false",
                "prune.policy-gradient.reward",
                "prune.policy-gradient.faithful");
        problems.require(
                !own.faithful() || own.control() == Control.SIBLINGS,
                "the authors' code holds losses against its own alone: set prune.policy-gradient.control = siblings, or"
                        + " faithful = false",
                "prune.policy-gradient.control",
                "prune.policy-gradient.faithful");
        problems.require(
                !own.faithful()
                        || Collections.disjoint(prune.granularity(), List.of(Granularity.LAYERS, Granularity.BLOCKS)),
                "the authors' code prunes heads and channels, each kind by its own budget: take layers and blocks out, or set"
                        + " prune.policy-gradient.faithful = false",
                "prune.granularity",
                "prune.policy-gradient.faithful");
        long losses = (long) config.cluster().innerSteps() * (own.samples(prune.batchSize()) + prune.batchSize());
        problems.require(
                losses <= MOST_LOSSES,
                "makes a slice return " + losses + " losses, where " + MOST_LOSSES
                        + " fit into the journal: lower cluster.inner-steps, prune.batch-size or"
                        + " prune.policy-gradient.masks",
                "cluster.inner-steps",
                "prune.batch-size",
                "prune.policy-gradient.masks");
        Optional<Stage> uncalibrated = Rounds.of(config.stages()).uncalibrated();
        problems.require(
                metrics(prune).isEmpty() || uncalibrated.isEmpty(),
                "prune.initialise-from = " + prune.initialiseFrom().orElse("none")
                        + " needs calibration: add calibrate before "
                        + uncalibrated.map(Stage::word).orElse("") + ", or change that key",
                "stages",
                "prune.method",
                "prune.initialise-from");
    }
}
