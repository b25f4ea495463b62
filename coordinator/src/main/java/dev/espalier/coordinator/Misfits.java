package dev.espalier.coordinator;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which workers failed at what, so that it is tried elsewhere: one without the model, without room or with another
 * text's path must not fail a run that others can go on with. As long as there are others: who alone is left gets
 * everything. Forgotten at a restart of the coordinator, when the run is resumed, and of workers that leave.
 */
final class Misfits {
    private final Map<Long, Set<String>> failed = new HashMap<>();
    private final Set<String> unfit = new HashSet<>();
    private List<String> workers = List.of();

    /** These are there now. */
    void present(List<String> names) {
        workers = names;
        unfit.retainAll(names);
        failed.values().forEach(tried -> tried.retainAll(names));
    }

    /** @param permanent whether the worker would fail at anything of this stage, as far as it knows */
    void failed(long sequence, String worker, boolean permanent) {
        failed.computeIfAbsent(sequence, key -> new HashSet<>()).add(worker);
        if (permanent) {
            unfit.add(worker);
        }
    }

    /** Whether all who are there have said that they cannot do it. */
    boolean nobodyFits() {
        return unfit.containsAll(workers);
    }

    void forget() {
        failed.clear();
        unfit.clear();
    }

    boolean triedBy(String worker, long sequence) {
        return failed.getOrDefault(sequence, Set.of()).contains(worker);
    }

    /**
     * Workers that should not be given anything now; empty if these are all.
     *
     * @param waiting assignments that are to be handed out again, by sequence number
     */
    Set<String> shunned(Collection<Long> waiting) {
        Set<String> shunned = new HashSet<>(workers);
        shunned.removeIf(worker -> !unfit.contains(worker)
                && (waiting.isEmpty() || waiting.stream().anyMatch(sequence -> !triedBy(worker, sequence))));
        return shunned.containsAll(workers) ? Set.of() : shunned;
    }
}
