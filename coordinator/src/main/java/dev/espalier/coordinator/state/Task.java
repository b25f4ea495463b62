package dev.espalier.coordinator.state;

import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An assignment that was handed out at least once and is not merged yet.
 *
 * @param leg the part of the stage that it belongs to; empty in journals of version 0.1
 * @param slice what it covers, and what the attempt in flight started from
 * @param attempt the last that was handed out
 * @param failedBy workers whose attempts failed since the run was last resumed, one entry for each attempt
 * @param losses attempts whose worker was lost since then
 * @param worker who does it now; empty: it is to be handed out again
 */
public record Task(
        long sequence,
        String leg,
        Slice slice,
        int attempt,
        List<String> failedBy,
        int losses,
        Optional<String> worker) {
    public Task {
        failedBy = List.copyOf(failedBy);
    }

    /** Handed out to nobody yet since the run was last resumed. */
    static Task fresh(long sequence, String leg, Slice slice, int attempt) {
        return new Task(sequence, leg, slice, attempt, List.of(), 0, Optional.empty());
    }

    public boolean inFlight() {
        return worker.isPresent();
    }

    public int failures() {
        return failedBy.size();
    }

    Task handedOut(Slice newSlice, int newAttempt, String newWorker) {
        return new Task(sequence, leg, newSlice, newAttempt, failedBy, losses, Optional.of(newWorker));
    }

    Task ended(AttemptEnd end) {
        List<String> failed = new ArrayList<>(failedBy);
        if (end == AttemptEnd.FAILED) {
            failed.add(worker.orElse(""));
        }
        return new Task(
                sequence, leg, slice, attempt, failed, losses + (end == AttemptEnd.LOST ? 1 : 0), Optional.empty());
    }

    Task recalled() {
        return new Task(sequence, leg, slice, attempt, failedBy, losses, Optional.empty());
    }

    Task forgiven() {
        return new Task(sequence, leg, slice, attempt, List.of(), 0, worker);
    }
}
