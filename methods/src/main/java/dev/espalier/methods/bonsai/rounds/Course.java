package dev.espalier.methods.bonsai.rounds;

import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;

/**
 * What of a run learning depends on.
 *
 * @param seed of the stage
 * @param rounds in which units go
 * @param steps of a round; the last lasts until the end
 * @param pairs of masks of a step, one for each sequence
 */
public record Course(long seed, int rounds, int steps, int pairs) {

    /** @param config as the stage sees it */
    public static Course of(RunConfig config, Stage stage) {
        RunConfig.Prune prune = config.prune();
        int rounds = BonsaiKeys.of(config).rounds(prune);
        return new Course(config.seed() + stage.number(), rounds, prune.steps() / rounds, prune.batchSize());
    }
}
