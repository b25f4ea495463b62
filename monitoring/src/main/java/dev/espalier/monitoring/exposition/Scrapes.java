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

    /** When the last one began: what changed since then it may not have seen. */
    private long begun = System.nanoTime();

    /** The longest so far: on a busy machine they are irregular. */
    private long interval;

    /** @param begin by {@link System#nanoTime}, before anything was read */
    synchronized void scraped(long begin) {
        long now = System.nanoTime();
        begun = begin;
        interval = count == 0 ? 0 : Math.max(interval, now - last);
        last = now;
        count++;
        notifyAll();
    }

    /** How long {@link #await} may take: two intervals, or nothing if nobody reads regularly. */
    synchronized Duration patience() {
        return Duration.ofNanos(Math.min(2 * interval, LONGEST_WAIT));
    }

    /** Waits for a scrape that begins from now on. */
    synchronized void await() throws InterruptedException {
        long called = System.nanoTime();
        long end = called + patience().toNanos();
        for (long left = end - called; begun - called < 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
