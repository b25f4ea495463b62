package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what other processes do. */
public final class Eventually {
    private static final long MILLIS_BETWEEN_LOOKS = 100;

    private Eventually() {}

    /** Looks again and again until the condition holds; fails after patience, with what the last look met. */
    public static void holds(Duration patience, Callable<Boolean> condition) throws Exception {
        Instant end = Instant.now().plus(patience);
        while (!condition.call()) {
            assertThat(Instant.now()).as("it holds in time").isBefore(end);
            TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN_LOOKS);
        }
    }
}
