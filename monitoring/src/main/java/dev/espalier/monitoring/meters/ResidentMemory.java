package dev.espalier.monitoring.meters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process as Linux tells it: the one number that sees what libtorch allocates. */
public final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String FIELD = "VmRSS:";

    private ResidentMemory() {}

    /** Does nothing where the system does not tell. */
    static void bind(Meters meters) {
        if (!Double.isNaN(bytes())) {
            meters.watch(Measure.RESIDENT_MEMORY, ResidentMemory::bytes);
        }
    }

    /** NaN where the system does not tell. */
    public static double bytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(FIELD))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024.0)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
