package dev.espalier.coordinator.blobs;

import com.typesafe.config.Config;
import dev.espalier.protocol.UserError;
import java.time.Duration;

/**
 * Bounds of the data plane.
 *
 * @param maxBytes longest blob that may be uploaded
 * @param idleTimeout after which an upload that receives nothing is given up
 */
public record BlobSettings(long maxBytes, Duration idleTimeout) {

    /**
     * @param config the actor system's
     * @throws UserError if a bound is not positive
     */
    public static BlobSettings from(Config config) {
        Config blobs = config.getConfig("espalier.blobs");
        BlobSettings settings = new BlobSettings(blobs.getBytes("max-bytes"), blobs.getDuration("idle-timeout"));
        if (settings.maxBytes <= 0 || settings.idleTimeout.isNegative() || settings.idleTimeout.isZero()) {
            throw new UserError("espalier.blobs.max-bytes and espalier.blobs.idle-timeout must be positive, not "
                    + settings.maxBytes + " and " + settings.idleTimeout);
        }
        return settings;
    }
}
