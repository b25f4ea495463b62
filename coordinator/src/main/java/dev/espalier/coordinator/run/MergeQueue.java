package dev.espalier.coordinator.run;

import dev.espalier.coordinator.state.RunState;
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
 * Results on their way into the student. Their files are read first, several at a time; then they wait to be merged, one
 * at a time, since each changes what the next is merged into. The offers of their workers wait with them: who is faster
 * than the merge of what it has just returned would learn the same once more.
 */
final class MergeQueue {
    /** Results whose files are read at a time: one for each processor, but one that merges. */
    private static final int CHECKS = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);

    private final Deque<Worker.Done> arrived = new ArrayDeque<>();
    private final List<Worker.Done> checking = new ArrayList<>();
    private final Deque<Worker.Done> sound = new ArrayDeque<>();
    private final List<Workforce.Offer> held = new ArrayList<>();
    private Optional<Worker.Done> blending = Optional.empty();

    void add(Worker.Done done) {
        arrived.add(done);
    }

    boolean isEmpty() {
        return arrived.isEmpty() && sound.isEmpty();
    }

    /** Takes the next result whose files are to be read; empty while enough others are, or if there is none. */
    Optional<Worker.Done> nextToCheck(RunState state) {
        while (checking.size() < CHECKS && !arrived.isEmpty()) {
            Worker.Done done = arrived.remove();
            if (state.awaits(done.key())) {
                checking.add(done);
                return Optional.of(done);
            }
        }
        return Optional.empty();
    }

    /** Its files were read, and nothing is wrong with them. */
    void sound(Worker.Done done) {
        checking.remove(done);
        sound.add(done);
    }

    /** There is something wrong with its files. */
    void refused(Worker.Done done) {
        checking.remove(done);
    }

    /** Takes the next sound result that the run awaits; empty while one is being blended, or if there is none. */
    Optional<Worker.Done> next(RunState state) {
        while (blending.isEmpty() && !sound.isEmpty()) {
            Worker.Done done = sound.remove();
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
        return Stream.of(arrived.stream(), checking.stream(), sound.stream(), blending.stream())
                .flatMap(results -> results)
                .map(Worker.Done::key)
                .filter(state::awaits)
                .flatMap(key -> state.current().flatMap(record -> record.task(key.sequence())).stream())
                .flatMap(task -> task.worker().stream())
                .collect(Collectors.toSet());
    }
}
