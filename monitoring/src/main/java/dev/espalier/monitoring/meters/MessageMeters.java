package dev.espalier.monitoring.meters;

import java.util.function.LongSupplier;

/** Messages that did not arrive. */
public final class MessageMeters {
    private final Meters meters;

    /** @param refused how many messages were refused for their size so far */
    public MessageMeters(Meters meters, LongSupplier refused) {
        this.meters = meters;
        meters.count(Measure.MESSAGES_LOST, refused, "refused");
        meters.counter(Measure.MESSAGES_LOST, "dropped");
        meters.counter(Measure.MESSAGES_LOST, "undelivered");
    }

    /** A full queue or a broken connection dropped a message. */
    public void dropped() {
        meters.counter(Measure.MESSAGES_LOST, "dropped").increment();
    }

    /** Whom the message was for is not there. */
    public void undelivered() {
        meters.counter(Measure.MESSAGES_LOST, "undelivered").increment();
    }
}
