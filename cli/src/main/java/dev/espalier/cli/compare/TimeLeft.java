package dev.espalier.cli.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** How long a comparison's other runs will take, by those that are over. */
final class TimeLeft {
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    /** A run of that method took so long. */
    void took(String method, double time) {
        seconds.computeIfAbsent(method, first -> new ArrayList<>()).add(time);
    }

    /**
     * @param methods of the runs to come
     * @return seconds: of each as long as its method took, or, if that is new, as all took; empty if nothing is known
     */
    OptionalDouble of(List<String> methods) {
        List<Double> all = seconds.values().stream().flatMap(List::stream).toList();
        if (all.isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(methods.stream()
                .mapToDouble(method -> mean(seconds.getOrDefault(method, all)))
                .sum());
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(value -> value).average().orElseThrow();
    }
}
