package dev.espalier.worker.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The patience of one transfer. As long as attempts get further it is unlimited. */
final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    private final TransferSettings settings;
    private final String what;
    private int failures;
    private long furthest = -1;

    Retries(TransferSettings settings, String what) {
        this.settings = settings;
        this.what = what;
    }

    /**
     * Waits before the next attempt.
     *
     * @param offset where the failed attempt had begun
     * @throws IOException the failure, if it was one too many
     */
    void pauseAfter(IOException failure, long offset) throws IOException {
        if (offset > furthest) {
            furthest = offset;
            failures = 0;
        }
        failures++;
        String cause = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (failures >= settings.attempts()) {
            throw new IOException(what + " failed " + failures + " times in a row: " + cause, failure);
        }
        Duration backoff = backoff();
        LOG.info("{} broke off ({}); trying again in {} ms", what, cause, backoff.toMillis());
        try {
            Thread.sleep(backoff.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(what + " was interrupted");
        }
    }

    /** Between half and the whole, so that workers that failed together do not come back together. */
    private Duration backoff() {
        long longest = settings.maxBackoff().toMillis();
        long doubled = settings.firstBackoff().toMillis() << Math.min(failures - 1, 30);
        double share = 0.5 + 0.5 * ThreadLocalRandom.current().nextDouble();
        return Duration.ofMillis((long) (Math.min(doubled, longest) * share));
    }
}
