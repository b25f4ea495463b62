package dev.espalier.methods.layers;

import dev.espalier.protocol.UserError;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code prune.layers}.
 *
 * @param count layers to take out; 0: as many as prune.target.sparsity comes nearest to
 * @param keep layers that stay, from 0, or from the end if negative
 * @param share of the layers that may go where channels go, too
 * @param tokens of calibration text that a choice is made on
 */
public record LayersSettings(
        Selection select, int count, List<Integer> keep, double share, int tokens, Repairing repair) {

    /**
     * How many of {@code layers} go.
     *
     * @param sparsity prune.target.sparsity
     * @throws UserError if none would, or more than may
     */
    public int going(double sparsity, int layers) {
        int going = count > 0 ? count : (int) Math.round(sparsity * layers);
        if (going == 0) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "prune.target.sparsity = %s is less than half of one of the model's %d layers, which prune.method ="
                            + " layers takes whole: ask for %.4f or more, or set prune.layers.count",
                    sparsity,
                    layers,
                    upwards(0.5 / layers)));
        }
        return checked(going, sparsity, layers);
    }

    /** To the four digits that are told, so that what is told is enough. */
    static double upwards(double least) {
        return Math.ceil(least * 1e4) / 1e4;
    }

    /** @throws UserError if more than may would go */
    int checked(int going, double sparsity, int layers) {
        int most = most(layers);
        if (going > most) {
            throw new UserError((count > 0 ? "prune.layers.count = " + count : "prune.target.sparsity = " + sparsity)
                    + " asks for " + going + " of the model's " + layers + " layers, of which "
                    + (most == 0 ? "none" : "no more than " + most) + " can go"
                    + (select == Selection.PREFIX ? "" : " with prune.layers.keep = " + keep) + ": ask for fewer");
        }
        return going;
    }

    private int most(int layers) {
        return switch (select) {
            case PREFIX -> layers - 1;
            case ANGULAR -> longestRun(staying(layers), layers);
            case GREEDY, PERPLEXITY, BLOCK_INFLUENCE, TAYLOR, MAGNITUDE ->
                Math.min(layers - 1, layers - staying(layers).size());
        };
    }

    /** Neighbours that may go together: the last layer never does. */
    private static int longestRun(Set<Integer> staying, int layers) {
        int longest = 0;
        int run = 0;
        for (int layer = 0; layer < layers - 1; layer++) {
            run = staying.contains(layer) ? 0 : run + 1;
            longest = Math.max(longest, run);
        }
        return Math.min(longest, layers - 1);
    }

    /**
     * The layers that {@link #keep} means.
     *
     * @throws UserError if it means one that is not there
     */
    public Set<Integer> staying(int layers) {
        Set<Integer> staying = new TreeSet<>();
        for (int layer : keep) {
            if (layer >= layers || layer < -layers) {
                throw new UserError("prune.layers.keep names layer " + layer + ", but the model has " + layers
                        + " layers: 0 to " + (layers - 1) + ", or -1 for the last");
            }
            staying.add(layer < 0 ? layers + layer : layer);
        }
        return staying;
    }
}
