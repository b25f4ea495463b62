package dev.espalier.coordinator.merge;

/**
 * Merges a worker's result into the student, whatever was merged since the version that it started from: asynchronous
 * local SGD with delayed Nesterov momentum (Liu et al. 2024, arXiv 2401.09135, algorithm 3 with c = 0). What training
 * changed is taken as a gradient g = w (base - trained); the momentum m moves only once in as many merges as there are
 * lanes, by the mean direction of all of them, for momentum taken from single stale gradients is what made the naive
 * method diverge:
 *
 * <pre>
 * student = student - rate (g + momentum m), with m = momentum m + sum of g, in every lanes-th merge
 * student = student - rate g                                         in all others
 * </pre>
 *
 * The paper's w is 1 / workers. Here it is 1 / (1 + staleness), the same with equal workers, and less for who is late. More
 * diverges where the learning rate is a good one for one worker (docs/local-sgd.md). Pure: no I/O. Each number is
 * merged by itself, so a student is merged a piece at a time, in one pass.
 */
public final class Aggregator {
    private final double rate;
    private final double momentum;

    /**
     * @param rate outer learning rate, above 0
     * @param momentum 0 = none, below 1
     */
    public Aggregator(double rate, double momentum) {
        this.rate = rate;
        this.momentum = momentum;
    }

    /** What a result that is {@code staleness} versions late counts by. */
    public static double weight(int staleness) {
        return 1 / (1.0 + staleness);
    }

    /** Whether merging is replacing: the result itself is the next version, bit for bit. */
    public boolean adopts(int staleness) {
        return staleness == 0 && rate == 1 && momentum == 0;
    }

    /** Whether merges have a memory that must be kept with the student. */
    public boolean hasMomentum() {
        return momentum > 0;
    }

    /**
     * Makes the next version of some of the student's numbers, without momentum.
     *
     * @param student the newest version's, replaced by the next one's
     * @param base the same numbers of the version that training started from
     * @param trained the same numbers of what it returned
     * @param count how many of each array take part, from its beginning
     * @throws NotFiniteException if the result would poison the student
     */
    public void merge(float[] student, float[] base, float[] trained, int count, int staleness) {
        double step = rate * weight(staleness);
        int carries = 0;
        for (int i = 0; i < count; i++) {
            float next = (float) (student[i] + step * ((double) trained[i] - base[i]));
            student[i] = next;
            carries |= Finite.carry(Float.floatToRawIntBits(next));
        }
        requireFinite(carries);
    }

    /**
     * What delayed Nesterov remembers of some of the student's numbers between merges.
     *
     * @param velocity the momentum
     * @param pending weighted gradients since it last moved, summed
     */
    public record Momentum(float[] velocity, float[] pending) {}

    /** Whether the momentum moves in a merge after so many in which it has not. */
    public static boolean moves(int merges, int lanes) {
        return merges + 1 >= lanes;
    }

    /**
     * Makes the next version of some of the student's numbers, and their momentum after it.
     *
     * @param student, base, trained, count as without momentum
     * @param memory replaced by what it is after the merge
     * @param moves whether the momentum {@link #moves}
     * @throws NotFiniteException if the result would poison the student
     */
    public void merge(
            float[] student, float[] base, float[] trained, int count, int staleness, Momentum memory, boolean moves) {
        double weight = weight(staleness);
        float[] velocity = memory.velocity();
        float[] pending = memory.pending();
        int carries = 0;
        for (int i = 0; i < count; i++) {
            double gradient = weight * ((double) base[i] - trained[i]);
            double sum = pending[i] + gradient;
            double push = gradient;
            if (moves) {
                velocity[i] = (float) (momentum * velocity[i] + sum);
                push += momentum * velocity[i];
                pending[i] = 0;
            } else {
                pending[i] = (float) sum;
            }
            float next = (float) (student[i] - rate * push);
            student[i] = next;
            carries |= Finite.carry(Float.floatToRawIntBits(next));
        }
        requireFinite(carries);
    }

    private static void requireFinite(int carries) {
        if (carries < 0) {
            throw new NotFiniteException();
        }
    }

    /** A result holds numbers that are not finite. */
    public static final class NotFiniteException extends ArithmeticException {
        private static final long serialVersionUID = 1L;

        NotFiniteException() {
            super("the worker returned a student with numbers that are not finite");
        }
    }
}
