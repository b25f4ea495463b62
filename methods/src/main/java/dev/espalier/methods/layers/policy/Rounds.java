package dev.espalier.methods.layers.policy;

import dev.espalier.methods.layers.LossOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Losses measured round by round, a layer chosen after each: what is known decides how far it is, so that no loss is
 * measured twice, whoever asks again.
 *
 * @param pieces of all rounds that are under way or over, in order
 * @param chosen in the rounds that are over, in the order of choice
 * @param first the losses of the first round, as far as they are known
 */
record Rounds(List<LossOrder> pieces, List<Integer> chosen, Map<Integer, Double> first) {
    /** Candidates of a piece: enough to share the way through the layers before them, few enough for many workers. */
    static final int CANDIDATES = 5;

    /**
     * @param candidates ascending
     * @param rounds how many layers are chosen, one after another
     * @param losses by what is gone and the candidate beside that
     */
    static Rounds of(List<Integer> candidates, int rounds, Map<List<Integer>, Map<Integer, Double>> losses) {
        List<LossOrder> pieces = new ArrayList<>();
        List<Integer> chosen = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            List<Integer> gone = List.copyOf(new TreeSet<>(chosen));
            List<Integer> left =
                    candidates.stream().filter(layer -> !gone.contains(layer)).toList();
            pieces(gone, left).forEach(pieces::add);
            Map<Integer, Double> known = losses.getOrDefault(gone, Map.of());
            if (!known.keySet().containsAll(left)) {
                break;
            }
            chosen.add(Choice.lowest(known, 1).get(0));
        }
        return new Rounds(pieces, chosen, new TreeMap<>(losses.getOrDefault(List.<Integer>of(), Map.of())));
    }

    private static List<LossOrder> pieces(List<Integer> gone, List<Integer> candidates) {
        return IntStream.iterate(0, from -> from < candidates.size(), from -> from + CANDIDATES)
                .mapToObj(from ->
                        new LossOrder(gone, candidates.subList(from, Math.min(candidates.size(), from + CANDIDATES))))
                .toList();
    }
}
