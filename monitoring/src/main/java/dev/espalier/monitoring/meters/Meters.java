package dev.espalier.monitoring.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The measures of one process. Each call names a {@link Measure} and the values of its labels, in the order in which
 * the measure declares them; the meter is made when it is first named. Thread-safe.
 */
public final class Meters {
    private record Key(Measure measure, List<String> labels) {
        String label(Label label) {
            int place = measure.labels().indexOf(label);
            return place < 0 ? null : labels.get(place);
        }
    }

    /** A double's bits: what a gauge shows. Held here, since registries hold the objects of gauges only weakly. */
    private final Map<Key, AtomicLong> values = new ConcurrentHashMap<>();

    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private final MeterRegistry registry;

    public Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Meters that nobody reads. */
    public static Meters none() {
        return new Meters(new CompositeMeterRegistry());
    }

    /** Sets a gauge. It appears with its first number; NaN says that there is no number any more. */
    void set(Measure measure, double value, String... labels) {
        Key key = key(measure, Measure.Kind.GAUGE, labels);
        if (Double.isNaN(value) && !values.containsKey(key)) {
            return;
        }
        values.computeIfAbsent(key, this::gauge).set(Double.doubleToRawLongBits(value));
    }

    /** A gauge that asks for its value when it is read. */
    void watch(Measure measure, DoubleSupplier value, String... labels) {
        Key key = key(measure, Measure.Kind.GAUGE, labels);
        Gauge.builder(measure.meterName(), value::getAsDouble)
                .description(measure.description())
                .baseUnit(measure.unit().orElse(null))
                .tags(tags(key))
                .register(registry);
    }

    void set(Measure measure, Instant value, String... labels) {
        Key key = key(measure, Measure.Kind.TIMESTAMP, labels);
        values.computeIfAbsent(key, this::timestamp).set(value.toEpochMilli());
    }

    /** Its value so far; asking for it makes it, so that it is there with 0 before the first event. */
    Counter counter(Measure measure, String... labels) {
        return counters.computeIfAbsent(
                key(measure, Measure.Kind.COUNTER, labels), key -> Counter.builder(measure.meterName())
                        .description(measure.description())
                        .baseUnit(measure.unit().orElse(null))
                        .tags(tags(key))
                        .register(registry));
    }

    /** A counter that somebody else counts. */
    void count(Measure measure, LongSupplier counted, String... labels) {
        Key key = key(measure, Measure.Kind.COUNTER, labels);
        // The supplier is referred to by the function as well, which the registry holds strongly.
        FunctionCounter.builder(measure.meterName(), counted, ignored -> counted.getAsLong())
                .description(measure.description())
                .baseUnit(measure.unit().orElse(null))
                .tags(tags(key))
                .register(registry);
    }

    Timer timer(Measure measure, String... labels) {
        return timers.computeIfAbsent(
                key(measure, Measure.Kind.TIMER, labels), key -> Timer.builder(measure.meterName())
                        .description(measure.description())
                        .tags(tags(key))
                        .serviceLevelObjectives(Arrays.stream(measure.buckets())
                                .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                                .toArray(Duration[]::new))
                        .register(registry));
    }

    DistributionSummary summary(Measure measure, String... labels) {
        Key key = key(measure, Measure.Kind.SUMMARY, labels);
        return DistributionSummary.builder(measure.meterName())
                .description(measure.description())
                .baseUnit(measure.unit().orElse(null))
                .tags(tags(key))
                .serviceLevelObjectives(measure.buckets())
                .register(registry);
    }

    /**
     * Ends meters, of whatever measure: they are not told any more, and begin anew if they are named again.
     *
     * @param which of them, by what gives a label's value; null where the meter has no such label
     */
    void end(Predicate<Function<Label, String>> which) {
        for (Map<Key, ?> made : List.of(values, counters, timers)) {
            made.keySet().removeIf(key -> which.test(key::label));
        }
        for (Meter meter : registry.getMeters()) {
            if (which.test(label -> meter.getId().getTag(label.key()))) {
                registry.remove(meter);
            }
        }
    }

    private AtomicLong gauge(Key key) {
        AtomicLong bits = new AtomicLong();
        watch(
                key.measure(),
                () -> Double.longBitsToDouble(bits.get()),
                key.labels().toArray(String[]::new));
        return bits;
    }

    private AtomicLong timestamp(Key key) {
        AtomicLong millis = new AtomicLong();
        TimeGauge.builder(key.measure().meterName(), millis::get, TimeUnit.MILLISECONDS)
                .description(key.measure().description())
                .tags(tags(key))
                .register(registry);
        return millis;
    }

    private static Key key(Measure measure, Measure.Kind kind, String... labels) {
        if (measure.kind() != kind || measure.labels().size() != labels.length) {
            throw new IllegalArgumentException(measure + " is a " + measure.kind() + " with the labels "
                    + measure.labels() + ", not a " + kind + " with the values " + List.of(labels));
        }
        return new Key(measure, List.of(labels));
    }

    private static List<Tag> tags(Key key) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < key.labels().size(); i++) {
            tags.add(Tag.of(key.measure().labels().get(i).key(), key.labels().get(i)));
        }
        return tags;
    }
}
