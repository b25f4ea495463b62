package dev.espalier.methods.bonsai;

import dev.espalier.methods.gates.StartScores;
import dev.espalier.methods.masked.FixedShares;
import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Range;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;

/** What {@code prune.method = bonsai} reads and demands. */
public final class BonsaiKeys implements MethodKeys<BonsaiSettings> {
    public static final String NAME = "bonsai";

    /** Losses that a slice may return: as many as fit into an event of the journal. */
    private static final int MOST_LOSSES = 4000;

    /** Pairs of masks of a round, whose regression takes as many squared numbers. */
    private static final int MOST_PAIRS = 4096;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public BonsaiSettings read(StrictConfig prune) {
        StrictConfig own = prune.section(NAME);
        return new BonsaiSettings(own.decimal("round", Range.above(0, 0.95)), own.integer("ffn-block", 1, 1 << 16));
    }

    /** The settings of a run that prunes by this method. */
    public static BonsaiSettings of(RunConfig config) {
        return config.prune().own(NAME, BonsaiSettings.class);
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(NAME)) {
            return;
        }
        OneShotKeys.requireHeadsAndChannels(NAME, prune, problems);
        StartScores.check(config, problems);
        FixedShares.check(config, problems);
        problems.require(
                prune.initialiseFrom().isPresent(),
                "leaves prune.method = bonsai no score to say which units are tried: name a metric",
                "prune.initialise-from",
                "prune.method");
        long losses = 2L * config.cluster().innerSteps() * prune.batchSize();
        problems.require(
                losses <= MOST_LOSSES,
                "makes a slice return " + losses + " losses, where " + MOST_LOSSES
                        + " fit into the journal: lower cluster.inner-steps or prune.batch-size",
                "cluster.inner-steps",
                "prune.batch-size");
        double from = 0;
        for (double to : prune.rounds()) {
            checkSteps(prune, of(config).rounds(from, to), problems);
            from = to;
        }
    }

    private static void checkSteps(RunConfig.Prune prune, int rounds, ConfigProblems problems) {
        problems.require(
                prune.steps() >= rounds,
                "is less than the " + rounds + " rounds that prune.bonsai.round takes: raise one of them",
                "prune.steps",
                "prune.bonsai.round");
        // The last round takes what dividing the steps leaves over, too.
        long last = prune.steps() - (rounds - 1L) * (prune.steps() / rounds);
        long pairs = last * prune.batchSize();
        problems.require(
                pairs <= MOST_PAIRS,
                "makes " + pairs + " pairs of masks in a round, where " + MOST_PAIRS
                        + " can be told apart by: lower prune.steps, prune.batch-size or prune.bonsai.round",
                "prune.steps",
                "prune.batch-size",
                "prune.bonsai.round");
    }
}
