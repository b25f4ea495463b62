package dev.espalier.methods.oneshot.work;

import dev.espalier.worker.work.Legs;
import java.util.Map;

/** What workers do for methods that prune in one shot. */
public final class OneShotWork {
    private static final String SHOT = "shot";

    private OneShotWork() {}

    /** @param name of the method, and of the metric whose scores say which units go */
    public static Legs byScores(String name) {
        return new Legs(name, Map.of(SHOT, (bench, first) -> new ScoresLeg(bench, name)));
    }

    /** @param name of the method */
    public static Legs closedForm(String name) {
        return new Legs(name, Map.of(SHOT, (bench, first) -> new ClosedFormLeg(bench)));
    }
}
