package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what other processes do. */
public final class Eventually {
    private static final long LEAST_MILLIS = 100;

    /** Whoever looks without a rest takes the processor from those who are looked at. */
    private static final long RESTS_PER_LOOK = 4;

    private Eventually() {}

    /** Looks again and again until the condition holds; fails after patience, with what the last look met. */
    public static void holds(Duration patience, Callable<Boolean> condition) throws Exception {
        Instant end = Instant.now().plus(patience);
        for (Instant look = Instant.now(); !condition.call(); look = Instant.now()) {
            assertThat(Instant.now()).as("it holds in time").isBefore(end);
            long took = Duration.between(look, Instant.now()).toMillis();
            TimeUnit.MILLISECONDS.sleep(Math.max(LEAST_MILLIS, RESTS_PER_LOOK * took));
        }
    }
}
