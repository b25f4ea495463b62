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

    /** With which others each shares most. */
    interface Nearest {
        /** Of each of the units those that it shares most with. @param left the units that are still there */
        Found[] of(int[] units, boolean[] left);
    }

    /**
     * Others with which a unit shares most, as many as are convenient, the nearest first.
     *
     * @param information nats; 0 where it shares nothing, and so nothing with those that are not named
     */
    record Found(double[] information, int[] partners) {}

    /** Scores of all units, whatever pair comes next being the nearest of all that are left. */
    static double[] scores(double[] worth, Nearest nearest) {
        return new Redundancy(worth).greedy(nearest);
    }

    private double[] greedy(Nearest nearest) {
        Found[] found = nearest.of(IntStream.range(0, worth.length).toArray(), left);
        int[] place = new int[worth.length];
        double[] information = new double[worth.length];
        for (int unit = 0; unit < information.length; unit++) {
            information[unit] = found[unit].information()[0];
        }
        for (int most = most(information); information[most] > 0; most = most(information)) {
            int other = found[most].partners()[place[most]];
            int gone = worth[other] < worth[most] ? other : most;
            goes(gone, information[most]);
            information[gone] = 0;
            int[] lost = IntStream.range(0, worth.length)
                    .filter(unit -> information[unit] > 0 && found[unit].partners()[place[unit]] == gone)
                    .filter(unit -> !next(found[unit], place, unit))
                    .toArray();
            Found[] more = lost.length == 0 ? new Found[0] : nearest.of(lost, left);
            for (int i = 0; i < lost.length; i++) {
                found[lost[i]] = more[i];
                place[lost[i]] = 0;
            }
            for (int unit = 0; unit < information.length; unit++) {
                information[unit] = information[unit] > 0 ? found[unit].information()[place[unit]] : 0;
            }
        }
        return scores();
    }

    /** Goes on to the next partner that is there, or that a unit shares nothing with; false if none is named. */
    private boolean next(Found found, int[] place, int unit) {
        while (++place[unit] < found.partners().length) {
            if (left[found.partners()[place[unit]]] || found.information()[place[unit]] == 0) {
                return true;
            }
        }
        return false;
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
