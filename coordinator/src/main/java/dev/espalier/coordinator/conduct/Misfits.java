package dev.espalier.coordinator.conduct;

import dev.espalier.coordinator.state.Task;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which workers failed at what, so that it is tried elsewhere: one without the model, without room or with another
 * text's path must not fail a run that others can go on with. As long as there are others: who alone is left gets
 * everything, after a rest. For whoever comes to nothing is not asked again at once, and the later the more often that was
 * so in a row; in the end only if nobody else is there. All is forgotten when the run is resumed, and of workers that leave.
 * A coordinator that starts anew knows from the journal who failed at what waits ({@link #remember}), and no more.
 */
public final class Misfits {
    /** Attempts in a row that a worker may come to nothing at before others are trusted more. */
    static final int MOST_STRIKES = 8;

    private final Map<String, Integer> strikes = new HashMap<>();
    private final Set<String> resting = new HashSet<>();
    private final Map<Long, Set<String>> failed = new HashMap<>();
    private final Set<String> unfit = new HashSet<>();
    private List<String> workers = List.of();

    /** These are there now; whoever of those that were is not has left. */
    public void present(List<String> names) {
        Set<String> left = new HashSet<>(workers);
        names.forEach(left::remove);
        workers = names;
        unfit.removeAll(left);
        strikes.keySet().removeAll(left);
        resting.removeAll(left);
        failed.values().forEach(tried -> tried.removeAll(left));
    }

    /** Assignments that wait, as the journal tells them: workers that failed at one may not have come back yet. */
    public void remember(Collection<Task> open) {
        open.forEach(task ->
                failed.computeIfAbsent(task.sequence(), key -> new HashSet<>()).addAll(task.failedBy()));
    }

    /** @param permanent whether the worker would fail at anything of this stage, as far as it knows */
    public void failed(long sequence, String worker, boolean permanent) {
        failed.computeIfAbsent(sequence, key -> new HashSet<>()).add(worker);
        if (permanent) {
            unfit.add(worker);
        }
    }

    /**
     * An attempt of the worker's came to nothing, whosever fault that was: it rests until {@link #rested}.
     *
     * @return how often this was so in a row
     */
    public int cameToNothing(String worker) {
        resting.add(worker);
        return strikes.merge(worker, 1, Integer::sum);
    }

    public void rested(String worker) {
        resting.remove(worker);
    }

    /** What the worker did is of use. */
    public void proved(String worker) {
        strikes.remove(worker);
    }

    /** Whether all who are there have said that they cannot do it. */
    public boolean nobodyFits() {
        return unfit.containsAll(workers);
    }

    public void forget() {
        failed.clear();
        unfit.clear();
        strikes.clear();
        resting.clear();
    }

    public boolean triedBy(String worker, long sequence) {
        return failed.getOrDefault(sequence, Set.of()).contains(worker);
    }

    /**
     * Workers that should not be given anything now: those that rest, and misfits unless all are.
     *
     * @param waiting assignments that are to be handed out again, by sequence number
     */
    public Set<String> shunned(Collection<Long> waiting) {
        Set<String> shunned = new HashSet<>(workers);
        shunned.removeIf(worker -> !unfit.contains(worker)
                && strikes.getOrDefault(worker, 0) < MOST_STRIKES
                && (waiting.isEmpty() || waiting.stream().anyMatch(sequence -> !triedBy(worker, sequence))));
        if (shunned.containsAll(workers)) {
            shunned.clear();
        }
        shunned.addAll(resting);
        return shunned;
    }
}
