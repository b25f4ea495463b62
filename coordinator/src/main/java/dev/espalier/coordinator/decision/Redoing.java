package dev.espalier.coordinator.decision;

import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What of a run is done again when it is submitted once more: what a changed configuration bears on, and what is asked
 * for. Hours of training are not thrown away for a slip of the pen: that must be asked for by name.
 *
 * @param config the run's from now on; empty: as it was
 * @param stages that the run goes through from now on
 * @param from the first stage that is done again, as far as it had begun; empty: none
 * @param cause why
 * @param refusal why none of it happens, in one sentence
 */
record Redoing(
        Optional<String> config, List<Stage> stages, Optional<Stage> from, String cause, Optional<String> refusal) {

    /** Kinds of stages that may be done again unasked. */
    private static final Set<String> CHEAP = Set.of(Stage.EXPORT.kind(), Stage.EVALUATE.kind());

    /** @param stages that the configuration which is submitted leads through */
    static Redoing of(RunState state, RunCommand.Submit command, List<Stage> stages) {
        ConfigChange change = ConfigChange.of(state.config(), command.config());
        List<Stage> present = state.stages().stream().map(StageRecord::stage).toList();
        Optional<Stage> from = Stream.of(
                        change.stages().stream().flatMap(first -> first(stages, first).stream()),
                        differing(present, stages).stream(),
                        command.again().filter(stages::contains).stream())
                .flatMap(found -> found)
                .min(Comparator.comparing(stages::indexOf));
        Redoing redoing = new Redoing(
                change.keys().isEmpty() ? Optional.empty() : Optional.of(command.config()),
                stages,
                from.filter(first -> needed(state, stages.subList(0, stages.indexOf(first)))),
                change.keys().isEmpty()
                        ? "by command"
                        : String.join(", ", change.keys())
                                + (change.keys().size() == 1 ? " has changed" : " have changed"),
                Optional.empty());
        return redoing.judged(state, command, change);
    }

    /** That stage; where it is left out, the first of a kind that comes later in a usual run. */
    private static Optional<Stage> first(List<Stage> stages, Stage usual) {
        if (stages.contains(usual) || usual.round() > 1) {
            return Optional.of(usual).filter(stages::contains);
        }
        int least = Stage.KINDS.indexOf(usual.kind());
        return stages.stream()
                .filter(stage -> Stage.KINDS.indexOf(stage.kind()) >= least)
                .findFirst();
    }

    /** The first stage that has another before it, or is itself another, than in the list that was. */
    private static Optional<Stage> differing(List<Stage> before, List<Stage> after) {
        int same = 0;
        while (same < Math.min(before.size(), after.size()) && before.get(same).equals(after.get(same))) {
            same++;
        }
        return after.stream().skip(same).findFirst();
    }

    /** Whether a stage that does not stay as it is has begun, or is new to a run that had ended. */
    private static boolean needed(RunState state, List<Stage> staying) {
        return state.phase() == RunPhase.COMPLETED
                || state.stages().stream()
                        .anyMatch(record -> !staying.contains(record.stage()) && record.state() != StageState.PENDING);
    }

    private Redoing judged(RunState state, RunCommand.Submit command, ConfigChange change) {
        Optional<Stage> again = command.again();
        List<Stage> lost = state.stages().stream()
                .filter(record ->
                        record.begun() && !CHEAP.contains(record.stage().kind()))
                .map(StageRecord::stage)
                .filter(stage -> !stages.contains(stage)
                        || from.filter(first -> stages.indexOf(stage) >= stages.indexOf(first))
                                .isPresent())
                .toList();
        if (change.renames()) {
            return refused("its folder holds run " + state.run() + ", and not one of the name " + command.run()
                    + ": use another --out");
        } else if (again.isPresent() && !stages.contains(again.get())) {
            return refused("run " + state.run() + " has no stage " + again.get().word());
        } else if (!lost.isEmpty()
                && again.filter(stage -> !state.after(lost.get(0)).contains(stage))
                        .isEmpty()) {
            return refused(
                    cause + " since run " + state.run() + " has done " + words(lost) + ", which would be lost: to do "
                            + "that again say --retry " + lost.get(0).word()
                            + ", to keep it choose another run.name or --out");
        }
        return this;
    }

    private Redoing refused(String why) {
        return new Redoing(config, stages, from, cause, Optional.of(why));
    }

    private static String words(List<Stage> stages) {
        return stages.stream().map(Stage::word).collect(Collectors.joining(" and "));
    }

    /** What happens to the run, unless it is refused. */
    List<RunEvent> events(Instant at) {
        List<RunEvent> events = new ArrayList<>();
        config.ifPresent(text -> events.add(new RunEvent.Reconfigured(text, stages, at)));
        from.ifPresent(stage -> events.add(new RunEvent.StageReset(stage, cause, at)));
        return events;
    }
}
