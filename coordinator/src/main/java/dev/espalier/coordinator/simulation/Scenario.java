package dev.espalier.coordinator.simulation;

import java.time.Duration;

/**
 * @param workers that begin; every tenth is four times slower than the rest
 * @param trainables numbers in a student
 * @param slice how long a slice of training takes
 * @param slices of the run
 * @param trouble what befalls a tenth of the workers, at least one, when half of the slices have been trained
 */
public record Scenario(int workers, int trainables, Duration slice, int slices, Trouble trouble) {
    /** So many times as long a slow worker takes. */
    static final int SLOWER = 4;

    /** Of so many workers one is slow. */
    private static final int SLOW_OF = 10;

    /** What can befall workers. */
    public enum Trouble {
        /** Nothing. */
        NONE,
        /** They stop, and their node says so. */
        LOST,
        /** The network to them is gone for three leases: the coordinator notices by their silence. */
        CUT_OFF,
        /** Their hearts beat, but they do nothing any more. */
        HUNG,
        /** They tell of some layers of what is not training, and then of nothing: whoever is first given such work. */
        STALLING,
        /** They give everything back at once. */
        RETURNING,
        /** They return students with numbers that are not finite. */
        POISONING
    }

    /** What workers can bring if none ever waits. */
    public double slicesPerSecond() {
        int slower = workers / SLOW_OF;
        return (workers - slower + (double) slower / SLOWER) * 1000 / slice.toMillis();
    }

    /** Whether a worker is one of the slow ones. */
    boolean isSlow(int worker) {
        return worker % SLOW_OF == SLOW_OF - 1;
    }

    /** How many workers are in trouble. */
    public int troubled() {
        return Math.max(1, workers / 10);
    }
}
