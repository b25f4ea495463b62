package dev.espalier.coordinator;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Notices work that stands still although its worker's heart beats: nothing was told of it for too long. How long that is
 * follows from how long the worker was silent before, at the same point of a training slice; it is
 * {@link Patience#silence} where nothing was measured yet, and for all other work, whose units differ too much. Whatever
 * tells of progress is alive, however slow.
 *
 * <p>Times are those of {@link System#nanoTime}. Forgotten at a restart.
 */
final class Silences {
    /** A worker may be so many times as slow as it ever was. */
    private static final int SLOWER = 10;

    /** Where a slice can be: its files are fetched, its steps are taken, its student is delivered. */
    private enum Phase {
        BEGINNING,
        STEPPING,
        ENDING
    }

    private record Measured(String worker, Phase phase) {}

    private static final class Watched {
        private final String worker;
        private final boolean training;
        private int stepsLeft;
        private Phase phase = Phase.BEGINNING;
        private long since;

        Watched(String worker, int steps, long now) {
            this.worker = worker;
            training = steps > 0;
            stepsLeft = steps;
            since = now;
        }
    }

    private final Patience patience;
    private final Map<AssignmentKey, Watched> watched = new HashMap<>();
    private final Map<Measured, Long> longest = new HashMap<>();
    private Stage stage;
    private long looked;

    Silences(Patience patience, long now) {
        this.patience = patience;
        looked = now;
    }

    /** Time between two looks. */
    Duration interval() {
        return patience.leastSilence().dividedBy(4);
    }

    /** @param steps of a training slice; 0 for other work */
    void began(AssignmentKey key, String worker, int steps, long now) {
        if (!key.stage().equals(stage)) {
            longest.clear();
            stage = key.stage();
        }
        watched.put(key, new Watched(worker, steps, now));
    }

    /** A step was taken, or another unit of work was done. */
    void told(AssignmentKey key, long now) {
        Watched work = watched.get(key);
        if (work != null) {
            measure(work, now);
            work.stepsLeft--;
            work.phase = work.stepsLeft > 0 ? Phase.STEPPING : Phase.ENDING;
            work.since = now;
        }
    }

    /** The work is done; what becomes of it is not the worker's. */
    void done(AssignmentKey key, long now) {
        Watched work = watched.remove(key);
        if (work != null) {
            measure(work, now);
        }
    }

    private void measure(Watched work, long now) {
        if (work.training) {
            longest.merge(new Measured(work.worker, work.phase), now - work.since, Math::max);
        }
    }

    /** These workers are there now: who comes back begins with nothing open. */
    void present(List<String> names) {
        longest.keySet().removeIf(measured -> !names.contains(measured.worker()));
    }

    /**
     * Looks at what is in flight, all else is forgotten.
     *
     * @return what has been silent for too long
     */
    List<AssignmentKey> overdue(Collection<AssignmentKey> inFlight, long now) {
        watched.keySet().retainAll(inFlight);
        // Reports that came while nobody looked, since the process was busy or asleep, are still to be read.
        long missed = Math.max(0, now - looked - 2 * interval().toNanos());
        watched.values().forEach(work -> work.since += missed);
        looked = now;
        return watched.keySet().stream()
                .filter(key -> silence(key, now).compareTo(limit(watched.get(key))) > 0)
                .toList();
    }

    /** How long nothing was told of the work. */
    Duration silence(AssignmentKey key, long now) {
        return Duration.ofNanos(now - watched.get(key).since);
    }

    private Duration limit(Watched work) {
        Long before = longest.get(new Measured(work.worker, work.phase));
        if (before == null || before > patience.silence().toNanos() / SLOWER) {
            return patience.silence();
        }
        Duration measured = Duration.ofNanos(before * SLOWER);
        return measured.compareTo(patience.leastSilence()) > 0 ? measured : patience.leastSilence();
    }
}
