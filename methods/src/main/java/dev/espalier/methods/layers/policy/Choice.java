package dev.espalier.methods.layers.policy;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Which layers go, from what is known of them: pure (docs/methods/layers.md). */
final class Choice {
    private Choice() {}

    /** The last {@code count} of {@code layers}. */
    static List<Integer> last(int layers, int count) {
        return IntStream.range(layers - count, layers).boxed().toList();
    }

    /** The {@code count} of the lowest scores, ascending; of equal ones the lower layers. Scores that are none are high. */
    static List<Integer> lowest(Map<Integer, Double> scores, int count) {
        return scores.entrySet().stream()
                .sorted(Comparator.<Map.Entry<Integer, Double>>comparingDouble(score -> finite(score.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .limit(count)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static double finite(double score) {
        return Double.isFinite(score) ? score : Double.POSITIVE_INFINITY;
    }

    /**
     * The run of {@code count} neighbours that turns the stream least.
     *
     * @param angles of the run that begins at each layer; runs beyond the end have none
     * @param staying layers that are in no run; the last one never is
     */
    static List<Integer> run(List<Double> angles, int layers, int count, Set<Integer> staying) {
        int first = IntStream.range(0, Math.min(angles.size(), layers - count))
                .filter(from -> IntStream.range(from, from + count).noneMatch(staying::contains))
                .boxed()
                .min(Comparator.comparingDouble(from -> finite(angles.get(from))))
                .orElseThrow(() -> new IllegalArgumentException("no run of " + count + " layers is free"));
        return IntStream.range(first, first + count).boxed().toList();
    }

    /** Whether scores tell nothing. */
    static boolean alike(Iterable<Double> scores) {
        Double before = null;
        int seen = 0;
        for (double score : scores) {
            if (before != null && before != finite(score)) {
                return false;
            }
            before = finite(score);
            seen++;
        }
        return seen > 1;
    }
}
