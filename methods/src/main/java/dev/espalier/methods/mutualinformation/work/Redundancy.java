package dev.espalier.methods.mutualinformation.work;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which units go first: of the two that share most, the one that is worth less, and so on with those that are left. A unit's
 * score is exp(-2 I), I what it shares with the one for which it goes, in nats: of jointly normal activations that is the part
 * of its variance which the other does not tell. Those that share nothing come last, by their worth.
 */
final class Redundancy {
    private final double[] worth;
    private final boolean[] left;
    private final double[] scores;

    /** @param worth of each unit, by another metric; at least 0 */
    Redundancy(double[] worth) {
        this.worth = worth;
        this.left = new boolean[worth.length];
        this.scores = new double[worth.length];
        Arrays.fill(left, true);
    }

    /** With which other unit each shares most. */
    interface Nearest {
        /** @param left the units that are still there */
        Found of(int[] units, boolean[] left);
    }

    /** @param information nats, of each unit; 0 if no other is left, or it shares nothing */
    record Found(double[] information, int[] partners) {}

    /** Scores of all units, whatever pair comes next being the nearest of all that are left. */
    static double[] scores(double[] worth, Nearest nearest) {
        return new Redundancy(worth).greedy(nearest);
    }

    private double[] greedy(Nearest nearest) {
        Found all = nearest.of(IntStream.range(0, worth.length).toArray(), left);
        double[] information = all.information().clone();
        int[] partners = all.partners().clone();
        for (int most = most(information); information[most] > 0; most = most(information)) {
            int other = partners[most];
            int gone = worth[other] < worth[most] ? other : most;
            goes(gone, information[most]);
            information[gone] = 0;
            int[] orphans = IntStream.range(0, worth.length)
                    .filter(unit -> left[unit] && partners[unit] == gone)
                    .toArray();
            if (orphans.length > 0) {
                Found found = nearest.of(orphans, left);
                for (int i = 0; i < orphans.length; i++) {
                    information[orphans[i]] = found.information()[i];
                    partners[orphans[i]] = found.partners()[i];
                }
            }
        }
        return scores();
    }

    private static int most(double[] information) {
        int most = 0;
        for (int unit = 1; unit < information.length; unit++) {
            if (information[unit] > information[most]) {
                most = unit;
            }
        }
        return most;
    }

    boolean isLeft(int unit) {
        return left[unit];
    }

    /** @param information that it shares with one that is left, nats; no more than with those that went before */
    void goes(int unit, double information) {
        left[unit] = false;
        scores[unit] = Math.exp(-2 * information);
    }

    double[] scores() {
        double most = Math.max(Arrays.stream(worth).max().orElse(0), Double.MIN_NORMAL);
        return IntStream.range(0, worth.length)
                .mapToDouble(unit -> left[unit] ? 1 + worth[unit] / most : scores[unit])
                .toArray();
    }
}
