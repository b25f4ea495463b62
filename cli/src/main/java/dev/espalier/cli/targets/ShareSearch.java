package dev.espalier.cli.targets;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Looks for the share that leaves the largest model within a limit: pure. Sizes fall as shares rise, but in steps, with
 * gaps, and where shapes of nearly the same size are chosen from, not always; so shares are tried on a grid, and around the
 * best of it on ever finer ones.
 */
final class ShareSearch {
    /** Of the first grid: what is made of a share may be made only within half a point of it. */
    private static final double STEP = 0.004;

    private static final double MOST = 0.95;

    /** Each grid is so much finer than the one before it, down to a millionth. */
    private static final int FINER = 20;

    private static final double FINEST = 1e-6;

    /** @param size empty if nothing can be made with that share gone */
    private final DoubleFunction<Optional<Double>> size;

    ShareSearch(DoubleFunction<Optional<Double>> size) {
        this.size = size;
    }

    /** A share that can go, and what it leaves. */
    record Found(double share, double size) {}

    /** The largest within the limit; empty if even the smallest is beyond it, or nothing can be made at all. */
    Optional<Found> within(double limit) {
        Optional<Found> best = largest(grid(), limit);
        for (double step = STEP; best.isPresent() && step > FINEST; step /= FINER) {
            double around = best.get().share();
            double fine = step / FINER;
            best = largest(
                    Stream.concat(
                            IntStream.rangeClosed(-FINER, FINER).mapToObj(i -> around + i * fine), Stream.of(around)),
                    limit);
        }
        return best;
    }

    /** The least that can be made. */
    Optional<Found> smallest() {
        return tried(grid()).min(Comparator.comparingDouble(Found::size));
    }

    /** Of the first grid's shares that can go, the one nearest to that. */
    Optional<Found> nearest(double share) {
        return tried(grid()).min(Comparator.comparingDouble(found -> Math.abs(found.share() - share)));
    }

    private static Stream<Double> grid() {
        return Stream.concat(IntStream.rangeClosed(1, (int) (MOST / STEP)).mapToObj(i -> i * STEP), Stream.of(MOST));
    }

    private Optional<Found> largest(Stream<Double> shares, double limit) {
        return tried(shares)
                .filter(found -> found.size() <= limit)
                .max(Comparator.comparingDouble(Found::size)
                        .thenComparing(Comparator.comparingDouble(Found::share).reversed()));
    }

    private Stream<Found> tried(Stream<Double> shares) {
        return shares.filter(share -> share > 0 && share <= MOST)
                .flatMap(share -> size.apply(share).map(found -> new Found(share, found)).stream());
    }
}
