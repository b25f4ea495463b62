package dev.espalier.monitoring.meters;

import java.time.Duration;

/** Bytes on the data plane. */
public final class BlobMeters {
    public enum Operation {
        /** Work waits until the coordinator has what it made, wherever that is. */
        WRITE,
        /** Work waits until what it needs is here and verified. */
        READ,
        /** Over the network, to another machine. */
        UPLOAD,
        /** Over the network, from another machine. */
        DOWNLOAD
    }

    private final Meters meters;

    public BlobMeters(Meters meters) {
        this.meters = meters;
        for (Operation operation : Operation.values()) {
            meters.counter(Measure.BLOB_BYTES, Label.value(operation));
            meters.timer(Measure.BLOB_TIME, Label.value(operation));
        }
    }

    /** An operation on one blob has succeeded. */
    public void moved(Operation operation, long bytes, Duration took) {
        meters.counter(Measure.BLOB_BYTES, Label.value(operation)).increment(bytes);
        meters.timer(Measure.BLOB_TIME, Label.value(operation)).record(took);
    }
}
