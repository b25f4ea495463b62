package dev.espalier.coordinator.http;

import dev.espalier.protocol.StepMetrics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What less than half of some steps tell, as the validation loss, and by that they must not be left out. */
record RareNames(Set<String> names) {
    static final RareNames NONE = new RareNames(Set.of());

    static RareNames of(List<StepMetrics> steps) {
        Map<String, Integer> counts = new HashMap<>();
        steps.forEach(step -> step.values().keySet().forEach(name -> counts.merge(name, 1, Integer::sum)));
        Set<String> rare = new HashSet<>();
        counts.forEach((name, count) -> {
            if (2 * count < steps.size()) {
                rare.add(name);
            }
        });
        return new RareNames(rare);
    }

    boolean areIn(StepMetrics step) {
        return step.values().keySet().stream().anyMatch(names::contains);
    }

    /** The places of steps that tell one, evenly thinned out to so many, the first and the last among them. */
    List<Integer> told(List<StepMetrics> steps, int most) {
        List<Integer> told = IntStream.range(0, steps.size())
                .filter(i -> areIn(steps.get(i)))
                .boxed()
                .toList();
        return told.size() <= most
                ? told
                : IntStream.range(0, most)
                        .mapToObj(i -> told.get((int) ((long) i * (told.size() - 1) / Math.max(1, most - 1))))
                        .toList();
    }
}
