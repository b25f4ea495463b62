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
 * diverges where the learning rate is a good one for one worker (docs/local-sgd.md). Pure: no I/O, and inputs stay as they
 * are.
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
     * The next version, without momentum.
     *
     * @throws NotFiniteException if the result would poison the student
     */
    public float[] merge(float[] student, float[] base, float[] trained, int staleness) {
        double step = rate * weight(staleness);
        float[] next = new float[student.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = (float) (student[i] + step * ((double) trained[i] - base[i]));
        }
        return checked(next);
    }

    /** The next version and the momentum after it. */
    public record Merged(float[] student, Momentum momentum) {}

    /**
     * The next version.
     *
     * @param lanes merges from one move of the momentum to the next
     * @throws NotFiniteException if the result would poison the student
     */
    public Merged merge(float[] student, float[] base, float[] trained, int staleness, Momentum before, int lanes) {
        double weight = weight(staleness);
        boolean moves = before.merges() + 1 >= lanes;
        float[] next = new float[student.length];
        float[] velocity = moves ? new float[student.length] : before.velocity();
        float[] pending = new float[student.length];
        for (int i = 0; i < next.length; i++) {
            double gradient = weight * ((double) base[i] - trained[i]);
            double sum = before.pending()[i] + gradient;
            double push = gradient;
            if (moves) {
                velocity[i] = (float) (momentum * before.velocity()[i] + sum);
                push += momentum * velocity[i];
            } else {
                pending[i] = (float) sum;
            }
            next[i] = (float) (student[i] - rate * push);
        }
        return new Merged(checked(next), new Momentum(velocity, pending, moves ? 0 : before.merges() + 1));
    }

    private static float[] checked(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new NotFiniteException();
            }
        }
        return values;
    }

    /** A result holds numbers that are not finite. */
    public static final class NotFiniteException extends ArithmeticException {
        private static final long serialVersionUID = 1L;

        NotFiniteException() {
            super("the worker returned a student with numbers that are not finite");
        }
    }
}
