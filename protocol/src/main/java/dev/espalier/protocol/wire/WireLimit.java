package dev.espalier.protocol.wire;

import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The size limit of control messages and journal events. Artery drops what exceeds its frame with a log line only and
 * the sender learns nothing; so nothing near that size leaves here, and what is refused is counted and thrown.
 */
public final class WireLimit {
    /** Half of Artery's default frame of 256 KiB. */
    public static final int MAX_BYTES = 128 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(WireLimit.class);
    private static final LongAdder REFUSED = new LongAdder();

    private WireLimit() {}

    /** Messages refused since this process started. */
    public static long refused() {
        return REFUSED.sum();
    }

    /** @throws IllegalArgumentException if the message is over the limit */
    static byte[] check(String manifest, byte[] message) {
        if (message.length > MAX_BYTES) {
            REFUSED.increment();
            String refusal = "message \"" + manifest + "\" is " + message.length + " bytes long, over the limit of "
                    + MAX_BYTES + ": send a reference to a blob instead";
            LOG.error(refusal);
            throw new IllegalArgumentException(refusal);
        }
        return message;
    }
}
