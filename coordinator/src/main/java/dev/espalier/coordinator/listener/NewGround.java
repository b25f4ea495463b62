package dev.espalier.coordinator.listener;

import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What counts as progress of a run: results that are merged, and work that had not been done before. A worker that fails
 * at the same slice again and again is busy, and yet the run stands still.
 */
final class NewGround {
    /** Kinds of units that one piece of work may tell of. */
    private static final int MOST_KINDS = 100;

    private final Map<Stage, Integer> planned = new HashMap<>();
    private final Map<Stage, BitSet> steps = new HashMap<>();
    private final Map<String, Long> units = new HashMap<>();

    NewGround(StagePlan plan) {
        plan.stages().forEach(stage -> planned.put(stage, plan.steps(stage)));
    }

    /** Whether the run went on by what happened; no events: it was just started. */
    boolean covered(List<RunEvent> events) {
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Merged) {
                units.clear();
            } else if (event instanceof RunEvent.StageReset || event instanceof RunEvent.StageRewound) {
                units.clear();
                steps.clear();
            }
        }
        return events.isEmpty()
                || !events.stream()
                        .allMatch(
                                event -> event instanceof RunEvent.Assigned || event instanceof RunEvent.AttemptFailed);
    }

    /** Whether the stage takes the step for the first time. */
    boolean covered(Stage stage, int step) {
        BitSet taken = steps.computeIfAbsent(stage, key -> new BitSet());
        boolean isNew = step >= 0 && step < planned.getOrDefault(stage, 0) && !taken.get(step);
        if (isNew) {
            taken.set(step);
        }
        return isNew;
    }

    /** Whether work that is not training has done more of its units than ever since the last merge. */
    boolean covered(Stage stage, long done, String what) {
        String kind = stage + " " + what;
        boolean isNew = done > units.getOrDefault(kind, 0L);
        if (isNew && (units.containsKey(kind) || units.size() < MOST_KINDS)) {
            units.put(kind, done);
        }
        return isNew && units.containsKey(kind);
    }
}
