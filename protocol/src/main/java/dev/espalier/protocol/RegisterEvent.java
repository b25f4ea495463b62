package dev.espalier.protocol;

import java.time.Instant;

/** What happened to the register of runs: its journal. */
public sealed interface RegisterEvent extends WireMessage {
    String run();

    /** When it happened, to the millisecond. */
    Instant at();

    /** The run is about to be submitted or set going again. */
    record Expected(String run, String directory, Instant at) implements RegisterEvent {}

    /** @param stage the word of the stage that it is in; empty if none */
    record Seen(String run, String state, String stage, Instant at) implements RegisterEvent {}

    /** The run was removed, or turned out never to have been submitted. */
    record Forgotten(String run, Instant at) implements RegisterEvent {}
}
