package dev.espalier.coordinator;

import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.Worker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Results that wait to be merged, one at a time, since each changes what the next is merged into; and the offers of their
 * workers, which wait with them: who is faster than the merge of what it has just returned would learn the same once more.
 */
final class MergeQueue {
    private final Deque<Worker.Done> arrived = new ArrayDeque<>();
    private final List<Workforce.Offer> held = new ArrayList<>();
    private Optional<Worker.Done> blending = Optional.empty();

    void add(Worker.Done done) {
        arrived.add(done);
    }

    boolean isEmpty() {
        return arrived.isEmpty();
    }

    /** Takes the next result that the run awaits; empty while one is being blended, or if there is none. */
    Optional<Worker.Done> next(RunState state) {
        while (blending.isEmpty() && !arrived.isEmpty()) {
            Worker.Done done = arrived.remove();
            if (state.awaits(done.key())) {
                return Optional.of(done);
            }
        }
        return Optional.empty();
    }

    /** The others wait until {@link #blended}. */
    void blend(Worker.Done done) {
        blending = Optional.of(done);
    }

    void blended() {
        blending = Optional.empty();
    }

    /** Keeps the offer for {@link #released} if a result of its worker is not merged yet. */
    boolean holds(RunState state, Workforce.Offer offer) {
        boolean merging = workers(state).contains(offer.worker());
        if (merging) {
            held.add(offer);
        }
        return merging;
    }

    /** Offers that have waited long enough; they are no longer held. */
    List<Workforce.Offer> released(RunState state) {
        if (held.isEmpty()) {
            return List.of();
        }
        Set<String> merging = workers(state);
        List<Workforce.Offer> released =
                held.stream().filter(offer -> !merging.contains(offer.worker())).toList();
        held.removeAll(released);
        return released;
    }

    /** Of which a result is being merged, or waits for it. */
    private Set<String> workers(RunState state) {
        return Stream.concat(arrived.stream(), blending.stream())
                .map(Worker.Done::key)
                .filter(state::awaits)
                .flatMap(key -> state.current().flatMap(record -> record.task(key.sequence())).stream())
                .flatMap(task -> task.worker().stream())
                .collect(Collectors.toSet());
    }
}
