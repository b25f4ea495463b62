package dev.espalier.protocol.data;

import java.util.List;

/**
 * Which domain each sequence comes from. After any number of sequences every domain has had its share of them to within
 * a few, and both questions (which domain, and how many of it came before) are answered at any index without history.
 *
 * <p>Domains are split off one after the other: of n sequences, {@code floor(n w)} go to the first, the rest is divided
 * among the others in the same way. Integer arithmetic keeps that exact and equal on all machines.
 */
final class DomainSchedule {
    private static final int SHIFT = 30;

    /** Sequences a run can ask for; keeps {@code index * share} within a long. */
    static final long MAX_INDEX = 1L << 32;

    private final long[] shares;

    /** @param weights from 0 up, at least one of them above */
    DomainSchedule(List<Double> weights) {
        shares = new long[weights.size()];
        double rest = 0;
        for (int i = shares.length - 1; i >= 0; i--) {
            double weight = weights.get(i);
            rest += weight;
            shares[i] = weight == 0 ? 0 : Math.round(weight / rest * (1L << SHIFT));
        }
        if (!(rest > 0) || Double.isInfinite(rest)) {
            throw new IllegalArgumentException("the weights " + weights + " divide nothing");
        }
    }

    /**
     * A place in the mix.
     *
     * @param domain index of the domain
     * @param index how many sequences of that domain came before
     */
    record Place(int domain, long index) {}

    /** How many of the first {@code index} sequences come from each domain. */
    long[] before(long index) {
        check(index);
        long[] before = new long[shares.length];
        long remaining = index;
        for (int domain = 0; domain < shares.length; domain++) {
            before[domain] = (remaining * shares[domain]) >>> SHIFT;
            remaining -= before[domain];
        }
        return before;
    }

    Place at(long index) {
        check(index);
        long remaining = index;
        for (int domain = 0; domain < shares.length; domain++) {
            long before = (remaining * shares[domain]) >>> SHIFT;
            long after = ((remaining + 1) * shares[domain]) >>> SHIFT;
            if (after > before) {
                return new Place(domain, before);
            }
            remaining -= before;
        }
        throw new IllegalStateException("The last domain takes all that is left");
    }

    private static void check(long index) {
        if (index < 0 || index >= MAX_INDEX) {
            throw new IndexOutOfBoundsException("sequence " + index);
        }
    }
}
