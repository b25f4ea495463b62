package dev.espalier.worker.calibration;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics that a worker knows, by their names. */
public final class Metrics {
    private final Map<String, Metric> byName = new LinkedHashMap<>();

    public Metrics(List<Metric> metrics) {
        metrics.forEach(metric -> byName.put(metric.name(), metric));
    }

    /** The same, as a run wants them. */
    public Metrics configured(RunConfig run) {
        return new Metrics(
                byName.values().stream().map(metric -> metric.configured(run)).toList());
    }

    public Collection<Metric> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** @throws UserError if there is none of that name */
    public Metric named(String name) {
        Metric metric = byName.get(name);
        if (metric == null) {
            throw new UserError("this worker knows no metric " + name + ", only " + String.join(", ", byName.keySet())
                    + ": run the same version of Espalier everywhere");
        }
        return metric;
    }
}
