package dev.espalier.coordinator.node;

import dev.espalier.coordinator.blobs.BlobListener;
import dev.espalier.coordinator.blobs.Refusal;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.RefusalMeters;
import java.util.Arrays;

/** Counts what the data plane refuses; what it moves is measured by the workers, who know what they waited for. */
final class MonitoredBlobs implements BlobListener {
    private final RefusalMeters refusals;

    MonitoredBlobs(Meters meters) {
        refusals = new RefusalMeters(
                meters,
                Arrays.stream(Refusal.Reason.values()).map(Refusal.Reason::word).toList());
    }

    @Override
    public void sent(long bytes) {}

    @Override
    public void received(long bytes) {}

    @Override
    public void stored(long bytes) {}

    @Override
    public void refused(Refusal.Reason reason) {
        refusals.refused(reason.word());
    }
}
