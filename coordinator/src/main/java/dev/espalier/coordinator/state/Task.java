package dev.espalier.coordinator.state;

import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Slice;
import java.util.Optional;

/**
 * An assignment that was handed out at least once and is not merged yet.
 *
 * @param leg the part of the stage that it belongs to; empty in journals of version 0.1
 * @param slice what it covers, and what the attempt in flight started from
 * @param attempt the last that was handed out
 * @param failures attempts that failed since the run was last resumed
 * @param losses attempts whose worker was lost since then
 * @param worker who does it now; empty: it is to be handed out again
 */
public record Task(
        long sequence, String leg, Slice slice, int attempt, int failures, int losses, Optional<String> worker) {
    public boolean inFlight() {
        return worker.isPresent();
    }

    Task handedOut(Slice newSlice, int newAttempt, String newWorker) {
        return new Task(sequence, leg, newSlice, newAttempt, failures, losses, Optional.of(newWorker));
    }

    Task ended(AttemptEnd end) {
        return new Task(
                sequence,
                leg,
                slice,
                attempt,
                failures + (end == AttemptEnd.FAILED ? 1 : 0),
                losses + (end == AttemptEnd.LOST ? 1 : 0),
                Optional.empty());
    }

    Task recalled() {
        return new Task(sequence, leg, slice, attempt, failures, losses, Optional.empty());
    }

    Task forgiven() {
        return new Task(sequence, leg, slice, attempt, 0, 0, worker);
    }
}
