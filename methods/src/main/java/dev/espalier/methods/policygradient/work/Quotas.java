package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.protocol.UserError;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The authors' numbers of units that stay, n - floor(sparsity n) of the n units of each group.
 *
 * @param groups the group of each part
 */
record Quotas(Layout layout, int[] groups, double sparsity) {

    int of(int group) {
        int units = units(group);
        return (int) (units - Math.floor(sparsity * units));
    }

    /** @throws UserError if that is not one for each part, without which a layer would have no heads or no channels */
    void requireOneOfEachPart() {
        if (numbers().anyMatch(group -> of(group) < parts(group))) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "prune.target.sparsity = %s goes of each kind of units with prune.policy-gradient.faithful, and no more"
                            + " than %.4f can, for each layer keeps one of a kind. Choose a smaller target, or set"
                            + " prune.policy-gradient.faithful = false",
                    sparsity,
                    Math.floor(most() * 1e4) / 1e4));
        }
    }

    /** The largest share that leaves each part one. */
    private double most() {
        return numbers()
                .mapToDouble(group -> 1 - (double) parts(group) / units(group))
                .min()
                .orElse(1);
    }

    private IntStream numbers() {
        return IntStream.of(groups).distinct();
    }

    private int units(int group) {
        return places(group).map(place -> layout.parts().get(place).units()).sum();
    }

    private int parts(int group) {
        return (int) places(group).count();
    }

    private IntStream places(int group) {
        return IntStream.range(0, groups.length).filter(place -> groups[place] == group);
    }
}
