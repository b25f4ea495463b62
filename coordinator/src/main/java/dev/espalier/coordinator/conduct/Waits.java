package dev.espalier.coordinator.conduct;

import dev.espalier.coordinator.listener.RunListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells what a running run waits for, when that is no longer the moment between two pieces of work: when it is the same at
 * two looks in a row. That the wait is over is told at once.
 */
public final class Waits {
    private final RunListener listener;
    private Optional<String> seen = Optional.empty();
    private Optional<String> told = Optional.empty();

    public Waits(RunListener listener) {
        this.listener = listener;
    }

    /** Time between two looks. */
    public static Duration interval(Patience patience) {
        return patience.leastSilence().dividedBy(30);
    }

    /** @param waiting what the run waits for now; empty: nothing, or it is not running */
    public void look(Optional<String> waiting) {
        boolean lasts = waiting.isEmpty() || waiting.equals(seen);
        if (lasts && !waiting.equals(told)) {
            listener.waits(waiting);
            told = waiting;
        }
        seen = waiting;
    }

    /** @param shunned those that the run does not ask now */
    public static String forWorkers(int workers, Set<String> shunned) {
        String besides = shunned.isEmpty() ? "" : ", and it failed on " + String.join(", ", new TreeSet<>(shunned));
        return workers == 0 ? "no worker is here" : "no worker is free, of " + workers + besides;
    }

    public static String forNews(Silences.Stillness stillness) {
        List<String> workers = stillness.workers();
        String who = workers.size() == 1 ? "worker " + workers.get(0) : "all " + workers.size() + " workers at work";
        return "no news for " + words(stillness.least()) + " from " + who + "; in " + words(stillness.left())
                + " its work is tried anew";
    }

    private static String words(Duration time) {
        return time.toMinutes() < 1 ? time.toSeconds() + " s" : time.toMinutes() + " min";
    }
}
