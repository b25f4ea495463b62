package dev.espalier.monitoring.meters;

import java.util.Collection;

/** What the data plane does not grant. */
public final class RefusalMeters {
    private final Meters meters;

    /** @param reasons all there are, so that each is there with 0 before the first refusal */
    public RefusalMeters(Meters meters, Collection<String> reasons) {
        this.meters = meters;
        reasons.forEach(reason -> meters.counter(Measure.BLOB_REFUSALS, reason));
    }

    /** A request for a blob was refused. */
    public void refused(String reason) {
        meters.counter(Measure.BLOB_REFUSALS, reason).increment();
    }
}
