package dev.espalier.monitoring.exposition;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.ProcessMeters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;

/** The measures of this process, its JVM's among them, for Prometheus to read. One per process. */
public final class Monitoring implements AutoCloseable {
    /** The text format that every Prometheus, and every agent that stands in for it, reads. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final String APPLICATION = "espalier";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Meters meters = new Meters(registry);
    private final ProcessMeters process;

    /** @param instance names this process among all that Prometheus reads, such as {@code host:port} */
    public Monitoring(String instance) {
        // Common tags only reach the meters that come after them.
        registry.config().commonTags("application", APPLICATION, "instance", instance);
        process = new ProcessMeters(registry, meters);
    }

    public Meters meters() {
        return meters;
    }

    /** All measures at this moment, as text of {@link #CONTENT_TYPE}. */
    public byte[] expose() {
        return registry.scrape(CONTENT_TYPE).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.close();
        registry.close();
    }
}
