package dev.espalier.methods.closedform.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many units each part of the model gives up, so that the sum of what their going costs is least and enough parameters
 * go: dynamic programming over the parameters that are gone so far (docs/methods/closed-form.md). Exact but for the grid that
 * parameters are counted on, by which a little more may go than was asked for and never less.
 */
final class Allocation {
    /** Places of the grid: finer, and 7 billion parameters would take seconds; coarser, and shapes would miss the target. */
    private static final int PLACES = 8192;

    private Allocation() {}

    /**
     * One thing that can be done to a part, which may be nothing.
     *
     * @param parameters that go
     * @param cost what it adds to the loss
     */
    record Choice(long parameters, double cost) {}

    /**
     * @param parts choices of each; one of each part is taken
     * @param parameters that shall go at least
     * @return the index of each part's choice
     * @throws IllegalArgumentException if all parts together cannot give up so many
     */
    static int[] cheapest(List<List<Choice>> parts, long parameters) {
        double unit = Math.max(1, (double) parameters / PLACES);
        int wanted = (int) Math.ceil(parameters / unit);
        double[] least = new double[wanted + 1];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        least[0] = 0;
        List<int[]> chosen = new ArrayList<>();
        for (List<Choice> choices : parts) {
            double[] next = new double[wanted + 1];
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            int[] by = new int[wanted + 1];
            for (int choice = 0; choice < choices.size(); choice++) {
                int size = (int) Math.floor(choices.get(choice).parameters() / unit);
                for (int gone = 0; gone <= wanted; gone++) {
                    int then = Math.min(wanted, gone + size);
                    double cost = least[gone] + choices.get(choice).cost();
                    if (cost < next[then]) {
                        next[then] = cost;
                        by[then] = choice * (wanted + 1) + gone;
                    }
                }
            }
            least = next;
            chosen.add(by);
        }
        return Double.isFinite(least[wanted]) ? traced(chosen, wanted) : largest(parts, parameters);
    }

    /** Of each part what takes most: all that is left where the grid, which rounds choices down, knows of nothing. */
    private static int[] largest(List<List<Choice>> parts, long parameters) {
        int[] indices = new int[parts.size()];
        long gone = 0;
        for (int part = 0; part < indices.length; part++) {
            List<Choice> choices = parts.get(part);
            indices[part] = IntStream.range(0, choices.size())
                    .boxed()
                    .max(Comparator.comparingLong(i -> choices.get(i).parameters()))
                    .orElseThrow();
            gone += choices.get(indices[part]).parameters();
        }
        if (gone < parameters) {
            throw new IllegalArgumentException("all parts together do not give up " + parameters + " parameters");
        }
        return indices;
    }

    /** @param chosen for each part and each place of the grid after it: choice * places + place before it */
    private static int[] traced(List<int[]> chosen, int wanted) {
        int[] indices = new int[chosen.size()];
        int place = wanted;
        for (int part = chosen.size() - 1; part >= 0; part--) {
            int by = chosen.get(part)[place];
            indices[part] = by / (wanted + 1);
            place = by % (wanted + 1);
        }
        return indices;
    }
}
