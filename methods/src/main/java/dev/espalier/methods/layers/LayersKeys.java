package dev.espalier.methods.layers;

import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.Range;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.StrictConfig;
import java.util.List;
import java.util.Set;

/** What {@code prune.method = layers} reads. */
public final class LayersKeys implements MethodKeys<LayersSettings> {
    public static final String NAME = "layers";

    private static final int MOST_LAYERS = 4096;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public LayersSettings read(StrictConfig prune) {
        StrictConfig own = prune.section(NAME);
        return new LayersSettings(
                own.constant("select", Selection.class),
                own.integer("count", 0, MOST_LAYERS - 1),
                own.integers("keep", -MOST_LAYERS, MOST_LAYERS - 1),
                own.decimal("share", Range.above(0, 1)),
                own.integer("tokens", 1, Integer.MAX_VALUE),
                own.constant("repair", Repairing.class));
    }

    /** The settings of a run that prunes by this method. */
    public static LayersSettings of(RunConfig config) {
        return config.prune().own(NAME, LayersSettings.class);
    }

    /** Each layer that stays keeps as many channels. */
    @Override
    public boolean evenly() {
        return true;
    }

    /** How many layers there are, the model's own settings tell. */
    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        problems.require(
                !config.prune().method().equals(NAME)
                        || Rounds.of(config.stages()).count() < 2,
                "prune.method = layers takes all layers in one round: leave one prune, or change that key",
                "stages",
                "prune.method");
        List<Granularity> granularity = config.prune().granularity();
        problems.require(
                !config.prune().method().equals(NAME)
                        || !granularity.contains(Granularity.LAYERS)
                        || Set.of(Granularity.LAYERS, Granularity.FFN).containsAll(granularity),
                "can have, with prune.method = layers, ffn beside layers: take the others out, or prune what is left in a run of its own",
                "prune.granularity",
                "prune.method");
    }
}
