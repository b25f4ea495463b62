package dev.espalier.protocol.config;

import dev.espalier.protocol.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run's stages by rounds: calibration belongs to the pruning that follows it, and with each pruning but the first another
 * round begins.
 *
 * @param stages in their order
 */
public record Rounds(List<Stage> stages) {
    public static Rounds of(List<Stage> stages) {
        return new Rounds(stages);
    }

    /** Each kind with the number of those before it. */
    static List<Stage> numbered(List<String> kinds) {
        Map<String, Integer> seen = new HashMap<>();
        List<Stage> stages = new ArrayList<>();
        kinds.forEach(kind -> stages.add(new Stage(kind, seen.merge(kind, 1, Integer::sum))));
        return List.copyOf(stages);
    }

    /** The round that a stage is in, from 1; after the last, the last. 0 if nothing is pruned until then. */
    public int number(Stage stage) {
        int prunings =
                (int) before(stage).stream().filter(it -> isA(it, Stage.PRUNE)).count();
        return isA(stage, Stage.PRUNE) || isA(stage, Stage.CALIBRATE) ? prunings + 1 : prunings;
    }

    /** Prunings. */
    public int count() {
        return (int) stages.stream().filter(it -> isA(it, Stage.PRUNE)).count();
    }

    /** The pruning that a stage goes on from; empty in the first round's and before it. */
    public Optional<Stage> prunedBefore(Stage stage) {
        return last(before(stage), Stage.PRUNE);
    }

    /** The stage that trains what that pruning left, before the next. */
    public Optional<Stage> recoveryOf(Stage pruning) {
        return after(pruning).stream()
                .takeWhile(it -> !isA(it, Stage.PRUNE))
                .filter(Stage::trainsWhatIsLeft)
                .findFirst();
    }

    /** The calibration that belongs to a pruning. */
    public Optional<Stage> calibrationOf(Stage pruning) {
        List<Stage> before = before(pruning);
        Optional<Stage> earlier = last(before, Stage.PRUNE);
        return last(before, Stage.CALIBRATE)
                .filter(found -> earlier.isEmpty() || before.indexOf(found) > before.indexOf(earlier.get()));
    }

    /** The first pruning that no calibration belongs to. */
    public Optional<Stage> uncalibrated() {
        return stages.stream()
                .filter(it -> isA(it, Stage.PRUNE) && calibrationOf(it).isEmpty())
                .findFirst();
    }

    /** The pruning that a calibration is for, or that pruning itself. */
    public Optional<Stage> pruningOf(Stage stage) {
        return isA(stage, Stage.PRUNE)
                ? Optional.of(stage)
                : after(stage).stream().filter(it -> isA(it, Stage.PRUNE)).findFirst();
    }

    /** The last pruning. */
    public Optional<Stage> lastPruning() {
        return last(stages, Stage.PRUNE);
    }

    private List<Stage> before(Stage stage) {
        return stages.stream().takeWhile(it -> !it.equals(stage)).toList();
    }

    private List<Stage> after(Stage stage) {
        return stages.stream().dropWhile(it -> !it.equals(stage)).skip(1).toList();
    }

    private static Optional<Stage> last(List<Stage> stages, Stage kind) {
        return stages.stream().filter(it -> isA(it, kind)).reduce((first, second) -> second);
    }

    private static boolean isA(Stage stage, Stage kind) {
        return stage.kind().equals(kind.kind());
    }
}
