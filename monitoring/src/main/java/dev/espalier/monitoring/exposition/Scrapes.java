package dev.espalier.monitoring.exposition;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When Prometheus came to read, so that a process that is about to end knows whether it will come again. */
final class Scrapes {
    /** What every scrape of Prometheus carries, and no person's request. */
    static final String HEADER = "X-Prometheus-Scrape-Timeout-Seconds";

    private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(60);

    private long count;
    private long last;

    /** The longest so far: on a busy machine they are irregular. */
    private long interval;

    synchronized void scraped() {
        long now = System.nanoTime();
        interval = count == 0 ? 0 : Math.max(interval, now - last);
        last = now;
        count++;
        notifyAll();
    }

    /** How long {@link #await} may take: two intervals, or nothing if nobody reads regularly. */
    synchronized Duration patience() {
        return Duration.ofNanos(Math.min(2 * interval, LONGEST_WAIT));
    }

    /** Waits for the next scrape. */
    synchronized void await() throws InterruptedException {
        long before = count;
        long end = System.nanoTime() + patience().toNanos();
        for (long left = end - System.nanoTime(); count == before && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
