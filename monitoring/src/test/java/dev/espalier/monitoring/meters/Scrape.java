package dev.espalier.monitoring.meters;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.TreeMap;

/** Meters, and what Prometheus would read of them. */
final class Scrape {
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final Meters meters = new Meters(registry);

    /** Values by series, such as {@code espalier_run_state{run="r",state="failed"}}. */
    Map<String, Double> read() {
        Map<String, Double> values = new TreeMap<>();
        registry.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int end = line.lastIndexOf(' ');
            values.put(line.substring(0, end), Double.valueOf(line.substring(end + 1)));
        });
        return values;
    }
}
