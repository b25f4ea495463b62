package dev.espalier.worker.work;

import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.DeviceMeters;
import dev.espalier.monitoring.meters.Meters;

/** What a worker measures of itself. */
public record Instruments(DeviceMeters device, BlobMeters blobs) {
    public static Instruments of(Meters meters) {
        return new Instruments(new DeviceMeters(meters), new BlobMeters(meters));
    }
}
