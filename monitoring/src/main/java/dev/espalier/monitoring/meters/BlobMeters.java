package dev.espalier.monitoring.meters;

import java.time.Duration;

/** Bytes on the data plane. */
public final class BlobMeters {
    public enum Operation {
        /** Into the blob folder of this machine, fsync included. */
        WRITE,
        /** From the blob folder of this machine, with its hash. */
        READ,
        /** To the other side. */
        UPLOAD,
        /** From the other side. */
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
