package dev.espalier.worker.transfer;

import com.typesafe.config.Config;
import dev.espalier.protocol.UserError;
import java.time.Duration;

/**
 * How a worker bears with the network.
 *
 * @param attempts in a row without any progress, after which a transfer fails
 * @param firstBackoff wait after the first failure; it doubles with each further one
 * @param maxBackoff longest wait
 * @param stallTimeout after which a transfer that moves no byte is broken off
 * @param concurrency transfers at a time
 * @param cacheBytes blobs kept on the worker's disk
 */
public record TransferSettings(
        int attempts,
        Duration firstBackoff,
        Duration maxBackoff,
        Duration stallTimeout,
        int concurrency,
        long cacheBytes) {

    /**
     * @param config the actor system's
     * @throws UserError if a bound is not positive
     */
    public static TransferSettings from(Config config) {
        Config transfer = config.getConfig("espalier.worker.transfer");
        TransferSettings settings = new TransferSettings(
                transfer.getInt("attempts"),
                transfer.getDuration("first-backoff"),
                transfer.getDuration("max-backoff"),
                transfer.getDuration("stall-timeout"),
                transfer.getInt("concurrency"),
                transfer.getBytes("cache-bytes"));
        boolean positive = settings.attempts > 0
                && settings.concurrency > 0
                && settings.cacheBytes > 0
                && settings.stallTimeout.toMillis() > 0
                && settings.maxBackoff.compareTo(settings.firstBackoff) >= 0
                && !settings.firstBackoff.isNegative();
        if (!positive) {
            throw new UserError("espalier.worker.transfer must hold positive bounds, not " + settings);
        }
        return settings;
    }
}
