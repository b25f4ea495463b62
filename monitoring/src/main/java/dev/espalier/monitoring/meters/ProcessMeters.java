package dev.espalier.monitoring.meters;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmHeapPressureMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.util.List;

/** The JVM, the process around it and the GPUs below, by Micrometer's own names where it has them. */
public final class ProcessMeters implements AutoCloseable {
    private final JvmGcMetrics collector = new JvmGcMetrics();
    private final JvmHeapPressureMetrics pressure = new JvmHeapPressureMetrics();
    private final NvidiaSmi gpus;

    /** @param registry has its common tags already */
    public ProcessMeters(MeterRegistry registry, Meters meters) {
        List<MeterBinder> binders = List.of(
                collector,
                pressure,
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new JvmInfoMetrics(),
                new ClassLoaderMetrics(),
                new ProcessorMetrics(),
                new FileDescriptorMetrics(),
                new UptimeMetrics());
        binders.forEach(binder -> binder.bindTo(registry));
        ResidentMemory.bind(meters);
        gpus = NvidiaSmi.watch(meters, "nvidia-smi");
    }

    @Override
    public void close() {
        collector.close();
        pressure.close();
        gpus.close();
    }
}
