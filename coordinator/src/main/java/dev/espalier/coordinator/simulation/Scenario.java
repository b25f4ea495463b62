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
    /** What can befall workers. */
    public enum Trouble {
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

    /** How many workers are in trouble. */
    public int troubled() {
        return Math.max(1, workers / 10);
    }
}
