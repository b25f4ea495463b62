package dev.espalier.protocol;

import java.time.Instant;
import java.util.Optional;

/**
 * A run as the register of runs knows it.
 *
 * @param state PENDING until the run has answered for the first time; then as in {@link RunStatus}
 * @param stage the word of the stage that it is in; empty if none
 * @param submitted to the millisecond
 * @param waiting what it waited for when it was last asked; empty: somebody works for it, or it is over
 */
public record RunEntry(
        String run, String directory, String state, String stage, Instant submitted, Optional<String> waiting) {}
