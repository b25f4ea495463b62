package dev.espalier.coordinator.conduct;

import com.typesafe.config.Config;
import java.time.Duration;

/**
 * How long a run waits for what may never come. Measured by a clock that nobody sets.
 *
 * @param retry before an assignment's second attempt, and before a worker that came to nothing is asked again; doubled
 *     each time
 * @param longestRetry the most that this becomes
 * @param silence how long a worker may tell of nothing while it works
 * @param leastSilence the least that this is shortened to, by how long the worker was silent before
 */
public record Patience(Duration retry, Duration longestRetry, Duration silence, Duration leastSilence) {
    /** @param config of the node, with {@code espalier.coordinator} */
    public static Patience of(Config config) {
        Config coordinator = config.getConfig("espalier.coordinator");
        return new Patience(
                coordinator.getDuration("retry-backoff"),
                coordinator.getDuration("longest-retry-backoff"),
                coordinator.getDuration("work-silence"),
                coordinator.getDuration("least-work-silence"));
    }

    /** The wait after so many tries, 1 or more, that came to nothing. */
    public Duration retryAfter(int tries) {
        int doublings = Math.min(tries - 1, 30);
        Duration wait = retry.multipliedBy(1L << doublings);
        return wait.compareTo(longestRetry) < 0 ? wait : longestRetry;
    }
}
