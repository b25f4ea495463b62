package dev.espalier.worker.actor;

import dev.espalier.protocol.Capabilities;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** What this process can offer, without opening the device. */
public final class WorkerCapabilities {
    private WorkerCapabilities() {}

    public static Capabilities ofThisProcess() {
        String version = Optional.ofNullable(
                        WorkerCapabilities.class.getPackage().getImplementationVersion())
                .orElse("development");
        long memory =
                ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                        ? machine.getTotalMemorySize()
                        : Runtime.getRuntime().maxMemory();
        return new Capabilities(version, "auto", Runtime.getRuntime().availableProcessors(), memory);
    }
}
