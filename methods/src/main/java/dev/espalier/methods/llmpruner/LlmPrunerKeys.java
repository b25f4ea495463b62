package dev.espalier.methods.llmpruner;

import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Set;

/** What {@code prune.method = llm-pruner} reads and demands. */
public final class LlmPrunerKeys implements MethodKeys<LlmPrunerSettings> {
    /** Also of the metric. */
    public static final String NAME = "llm-pruner";

    /** As every method that prunes at once by calibrated scores. */
    public static final OneShotKeys ONE_SHOT = new OneShotKeys(NAME, true);

    private static final int MOST_LAYERS = 4096;

    /** The authors' script for models of 32 layers. */
    private static final int AUTHORS_FIRST = 4;

    private static final int AUTHORS_LAST = 2;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public LlmPrunerSettings read(StrictConfig prune) {
        StrictConfig own = prune.section(NAME);
        boolean faithful = own.flag("faithful");
        return new LlmPrunerSettings(
                own.constant("importance", Importance.class),
                own.constant("grouping", Grouping.class),
                faithful,
                own.integerOr("spare-first", 0, MOST_LAYERS, faithful ? AUTHORS_FIRST : 0),
                own.integerOr("spare-last", 0, MOST_LAYERS, faithful ? AUTHORS_LAST : 0));
    }

    /** The settings of a run. */
    public static LlmPrunerSettings of(RunConfig config) {
        return config.prune().own(NAME, LlmPrunerSettings.class);
    }

    @Override
    public Set<String> scoring() {
        return Set.of("prune.llm-pruner.importance", "prune.llm-pruner.grouping");
    }

    /** How many layers there are, the model's own settings tell. */
    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        if (!config.prune().method().equals(NAME)) {
            return;
        }
        ONE_SHOT.check(config, problems);
        LlmPrunerSettings own = of(config);
        problems.require(
                !own.faithful() || !config.prune().refit(),
                "fits nothing anew, for its authors do not: set prune.refit = false, or prune.llm-pruner.faithful = false",
                "prune.llm-pruner.faithful",
                "prune.refit");
        problems.require(
                own.spareFirst() + own.spareLast() == 0 || !config.export().uniform(),
                "layers that lose nothing are unlike the others: set export.uniform = false, or spare none",
                "export.uniform",
                "prune.llm-pruner.faithful",
                "prune.llm-pruner.spare-first",
                "prune.llm-pruner.spare-last");
    }
}
