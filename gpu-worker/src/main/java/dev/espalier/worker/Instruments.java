package dev.espalier.worker;

import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.DeviceMeters;
import dev.espalier.monitoring.meters.Meters;

/** What a worker measures of itself. */
record Instruments(DeviceMeters device, BlobMeters blobs) {
    static Instruments of(Meters meters) {
        return new Instruments(new DeviceMeters(meters), new BlobMeters(meters));
    }
}
