package dev.espalier.coordinator.report;

import dev.espalier.protocol.StepMetrics;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Steps of a stage by their numbers. Workers tell theirs side by side, and an attempt that is repeated tells them again. */
public final class StepOrder {
    private StepOrder() {}

    /** @param told in whatever order; of a step that was told twice the last counts */
    public static List<StepMetrics> of(List<StepMetrics> told) {
        SortedMap<Integer, StepMetrics> steps = new TreeMap<>();
        told.forEach(step -> steps.put(step.step(), step));
        return List.copyOf(steps.values());
    }
}
