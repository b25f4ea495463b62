package dev.espalier.coordinator.conduct;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Notices work that stands still although its worker's heart beats: nothing was told of it for too long. How long that is
 * follows from how long the worker was silent before at the same point of such work: between two layers or two steps,
 * before the first and after the last. It is {@link Patience#silence} where nothing was measured yet. Whatever tells of
 * progress is alive, however slow.
 *
 * <p>Times are those of {@link System#nanoTime}. Forgotten at a restart.
 */
public final class Silences {
    /** A worker may be so many times as slow as it ever was. */
    private static final int SLOWER = 10;

    /** Silence is worth telling when it is so many times as long as ever before. */
    private static final int UNUSUAL = 3;

    /** Points of work that silences are remembered of: what units are called, workers say. */
    private static final int MOST_MEASURED = 10_000;

    private static final String BEGINNING = "beginning";
    private static final String STEPS = "steps";
    private static final String AFTER = "after ";

    /** @param point where the silence is: in units of what the work told of last */
    private record Measured(String worker, String leg, String point) {}

    private static final class Watched {
        private final String worker;
        private final String leg;
        private int stepsLeft;
        private String point = BEGINNING;
        private long since;

        Watched(String worker, String leg, int steps, long now) {
            this.worker = worker;
            this.leg = leg;
            stepsLeft = steps;
            since = now;
        }

        Measured measured() {
            return new Measured(worker, leg, point);
        }
    }

    /**
     * Nobody who works for a run has told of anything for longer than they use to.
     *
     * @param least of the silences
     * @param workers that are silent
     * @param left until the first attempt is given up
     */
    public record Stillness(Duration least, List<String> workers, Duration left) {}

    private final Patience patience;
    private final Map<AssignmentKey, Watched> watched = new HashMap<>();
    private final Map<Measured, Long> longest = new HashMap<>();
    private Stage stage;
    private long looked;

    public Silences(Patience patience, long now) {
        this.patience = patience;
        looked = now;
    }

    /** Time between two looks. */
    public Duration interval() {
        return patience.leastSilence().dividedBy(4);
    }

    /**
     * @param leg of the stage: its pieces of work are alike
     * @param steps of a training slice; 0 for other work
     */
    public void began(AssignmentKey key, String worker, String leg, int steps, long now) {
        if (!key.stage().equals(stage)) {
            longest.clear();
            stage = key.stage();
        }
        watched.put(key, new Watched(worker, leg, steps, now));
    }

    /** A step was taken. */
    public void stepped(AssignmentKey key, long now) {
        Watched work = watched.get(key);
        if (work != null) {
            work.stepsLeft--;
            told(work, STEPS, work.stepsLeft <= 0, now);
        }
    }

    /** Other work has done {@code done} of {@code total} of what {@code what} says. */
    public void progressed(AssignmentKey key, long done, long total, String what, long now) {
        Watched work = watched.get(key);
        if (work != null) {
            told(work, what, done >= total, now);
        }
    }

    private void told(Watched work, String what, boolean last, long now) {
        measure(work, now);
        work.point = last ? AFTER + what : what;
        work.since = now;
    }

    /** The work is done; what becomes of it is not the worker's. */
    public void done(AssignmentKey key, long now) {
        Watched work = watched.remove(key);
        if (work != null) {
            measure(work, now);
        }
    }

    private void measure(Watched work, long now) {
        Measured point = work.measured();
        if (longest.containsKey(point) || longest.size() < MOST_MEASURED) {
            longest.merge(point, now - work.since, Math::max);
        }
    }

    /** Points of work that silences are remembered of. */
    int measured() {
        return longest.size();
    }

    /** These workers are there now: who comes back begins with nothing open. */
    public void present(List<String> names) {
        longest.keySet().removeIf(measured -> !names.contains(measured.worker()));
    }

    /**
     * Looks at what is in flight, all else is forgotten.
     *
     * @return what has been silent for too long
     */
    public List<AssignmentKey> overdue(Collection<AssignmentKey> inFlight, long now) {
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
    public Duration silence(AssignmentKey key, long now) {
        return Duration.ofNanos(now - watched.get(key).since);
    }

    /** Empty as long as one of these is not silent, or no more so than before. */
    public Optional<Stillness> stillness(Collection<AssignmentKey> inFlight, long now) {
        if (inFlight.isEmpty() || !inFlight.stream().allMatch(key -> isStill(key, now))) {
            return Optional.empty();
        }
        Duration least = inFlight.stream()
                .map(key -> silence(key, now))
                .min(Duration::compareTo)
                .orElseThrow();
        Duration left = inFlight.stream()
                .map(key -> limit(watched.get(key)).minus(silence(key, now)))
                .min(Duration::compareTo)
                .orElseThrow();
        List<String> workers = inFlight.stream()
                .map(key -> watched.get(key).worker)
                .distinct()
                .sorted()
                .toList();
        return Optional.of(new Stillness(least, workers, left.isNegative() ? Duration.ZERO : left));
    }

    /** What is not watched any more is being merged. */
    private boolean isStill(AssignmentKey key, long now) {
        Watched work = watched.get(key);
        if (work == null) {
            return false;
        }
        long silence = now - work.since;
        return silence > patience.leastSilence().toNanos() / 2
                && silence / UNUSUAL > longest.getOrDefault(work.measured(), 0L);
    }

    private Duration limit(Watched work) {
        Long before = longest.get(work.measured());
        if (before == null || before > patience.silence().toNanos() / SLOWER) {
            return patience.silence();
        }
        Duration measured = Duration.ofNanos(before * SLOWER);
        return measured.compareTo(patience.leastSilence()) > 0 ? measured : patience.leastSilence();
    }
}
