package dev.espalier.methods.closedform.policy;

import dev.espalier.methods.closedform.Curves;
import dev.espalier.methods.closedform.CutOrder;
import dev.espalier.methods.closedform.policy.Allocation.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How much each layer gives up, from the measured curves. */
final class Shares {
    /** Widths that are tried for a layer. */
    private static final int MOST_COUNTS = 256;

    private Shares() {}

    /**
     * The order of the least predicted loss.
     *
     * @param multiple FFN channels that stay are a multiple of this many, or none
     * @param all whether all of a sub-block may go: a later round goes on from what has some of each
     */
    static CutOrder of(Curves curves, double sparsity, int multiple, boolean all) {
        List<List<Integer>> counts = new ArrayList<>();
        curves.heads()
                .forEach(curve -> counts.add(
                        IntStream.rangeClosed(0, curve.units()).boxed().toList()));
        curves.channels().forEach(curve -> counts.add(channels(curve.units(), multiple)));
        List<List<Choice>> parts = new ArrayList<>();
        for (int part = 0; part < counts.size(); part++) {
            boolean heads = part < curves.heads().size();
            Curves.Curve curve = heads
                    ? curves.heads().get(part)
                    : curves.channels().get(part - curves.heads().size());
            long each = heads ? curves.headParameters() : curves.channelParameters();
            counts.set(part, possible(counts.get(part), curve, all));
            parts.add(counts.get(part).stream()
                    .map(gone -> new Choice(gone * each, Math.max(0, curve.at(gone))))
                    .toList());
        }
        int[] chosen = Allocation.cheapest(parts, (long) (sparsity * curves.total()));
        List<Integer> gone = new ArrayList<>();
        double predicted = 0;
        for (int part = 0; part < chosen.length; part++) {
            gone.add(counts.get(part).get(chosen[part]));
            predicted += parts.get(part).get(chosen[part]).cost();
        }
        int heads = curves.heads().size();
        return new CutOrder(gone.subList(0, heads), gone.subList(heads, gone.size()), predicted);
    }

    /** What earlier rounds took stays gone. */
    private static List<Integer> possible(List<Integer> counts, Curves.Curve curve, boolean all) {
        return Stream.concat(Stream.of(curve.already()), counts.stream().filter(count -> count > curve.already()))
                .filter(count -> all || count < curve.units())
                .toList();
    }

    /** Ascending: none, what leaves multiples, all; no more than some hundreds. */
    private static List<Integer> channels(int units, int multiple) {
        List<Integer> counts = new ArrayList<>(List.of(0));
        int step = multiple * (1 + (units - 1) / (MOST_COUNTS * multiple));
        for (int left = (units - 1) / step * step; left >= 0; left -= step) {
            counts.add(units - left);
        }
        return counts;
    }
}
