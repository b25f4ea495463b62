package dev.espalier.methods.layers;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import java.util.Locale;

/**
 * How much goes by whole layers and how much by channels of those that stay, where both do ({@code prune.granularity =
 * [layers, ffn]}): layers first, as many as {@code prune.layers.share} holds, channels for the rest of the target.
 *
 * @param layers that go
 * @param channels FFN channels that each layer keeps
 */
public record DepthAndWidth(int layers, int channels) {
    private static final double ROUNDING = 1e-9;

    /** Whether width goes besides depth. */
    public static boolean isWanted(RunConfig config) {
        return config.prune().granularity().contains(Granularity.LAYERS)
                && config.prune().granularity().contains(Granularity.FFN);
    }

    /**
     * How many of the model's layers go, with width or without.
     *
     * @throws UserError if none would, or more than may
     */
    public static int going(RunConfig config, int layers) {
        LayersSettings settings = LayersKeys.of(config);
        double target = config.prune().sparsity();
        if (!isWanted(config) || settings.count() > 0) {
            return settings.going(target, layers);
        }
        double share = Math.min(settings.share(), target);
        int going = (int) Math.floor(share * layers + ROUNDING);
        if (going == 0) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "prune.layers.share = %s and prune.target.sparsity = %s leave less than one of the model's %d layers to"
                            + " go: raise them to %.4f, or take layers out of prune.granularity",
                    settings.share(),
                    target,
                    layers,
                    LayersSettings.upwards(1.0 / layers)));
        }
        return settings.checked(going, target, layers);
    }

    /**
     * @param before the intact model
     * @throws UserError if that much cannot go so
     */
    public static DepthAndWidth of(RunConfig config, ModelShape before) {
        int going = going(config, before.layers());
        double target = config.prune().sparsity();
        int multiple = config.export().ffnMultiple();
        double attention = 2.0 * before.headDim() * (before.heads() + before.kvHeads());
        double left = (1 - target) * before.prunable() / before.hidden() / (before.layers() - going);
        long channels = multiple * Math.round((left - attention) / 3 / multiple);
        if (channels < multiple) {
            throw new UserError("prune.target.sparsity = " + target + " leaves no FFN channel of the "
                    + (before.layers() - going) + " layers that stay: ask for less, or raise prune.layers.share");
        } else if (channels > before.intermediate()) {
            throw new UserError("prune.layers.count = " + going + " of " + before.layers()
                    + " layers is more than prune.target.sparsity = " + target
                    + " by itself: lower it, or take ffn out of"
                    + " prune.granularity");
        }
        return new DepthAndWidth(going, (int) channels);
    }

    /** What is left of the model. */
    public ModelShape after(ModelShape before) {
        return new ModelShape(
                before.layers() - layers,
                before.hidden(),
                before.heads(),
                before.kvHeads(),
                before.headDim(),
                channels);
    }
}
