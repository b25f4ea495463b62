package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.mix.DomainMix;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run's stages consist of and which part comes next: pure, a function of the configuration and of what is merged so
 * far. What the parts are, the {@link StageKind} says.
 */
public final class StagePlan {
    /** What the shares of texts are held against: the intact model, before anything is trained. */
    private static final Leg REFERENCES =
            new Leg.Once(DomainMix.REFERENCES, Work.Kind.MEASURE, Optional.empty(), Optional.empty());

    private final RunConfig config;
    private final StageKinds kinds;
    private final DomainMix mix;

    public StagePlan(RunConfig config, StageKinds kinds) {
        this.config = config;
        this.kinds = kinds;
        this.mix = new DomainMix(config);
    }

    public RunConfig config() {
        return config;
    }

    /** The configured stages without those that would do nothing. */
    public List<Stage> stages() {
        return config.stages().stream()
                .filter(stage -> !legs(RunState.NONE, stage).isEmpty())
                .toList();
    }

    /** Training steps that a stage will have taken at its end. */
    public int steps(Stage stage) {
        return trainings(legs(RunState.NONE, stage))
                .mapToInt(Leg.Steps::to)
                .max()
                .orElse(0);
    }

    /** Steps that train one model, and how many of them are merged at a time. */
    public record Training(int steps, int sliceSteps) {
        /** The last may be shorter. */
        public int slices() {
            return (steps + sliceSteps - 1) / sliceSteps;
        }
    }

    /** What a stage trains, in order. */
    public List<Training> trainings(Stage stage) {
        return trainings(legs(RunState.NONE, stage))
                .map(leg -> new Training(leg.to() - leg.from(), innerSteps(leg)))
                .filter(training -> training.steps() > 0)
                .toList();
    }

    /** Folders of the models that the run makes, relative to the run folder. */
    public Set<String> models() {
        return stages().stream()
                .flatMap(stage -> legs(RunState.NONE, stage).stream())
                .flatMap(leg -> leg instanceof Leg.Once once ? once.writes().stream() : Stream.empty())
                .collect(Collectors.toSet());
    }

    /** Learning rates of a stage that do not change, by what is learnt with them. */
    public Map<String, Double> learningRates(Stage stage) {
        return kinds.of(stage).learningRates(config);
    }

    public boolean skippable(Stage stage) {
        return kinds.of(stage).skippable();
    }

    /**
     * How many more assignments of the current stage can be handed out now, besides those that are open. None while one
     * of these waits for another attempt: so one worker takes all steps in their order, whatever fails.
     */
    public int fresh(RunState state) {
        StageRecord record = state.current().orElseThrow();
        Optional<Leg> leg = free(state);
        if (leg.isEmpty() || !record.open().stream().allMatch(Task::inFlight)) {
            return 0;
        } else if (leg.get() instanceof Leg.Steps steps) {
            int slices = (steps.to() - record.cursor() + innerSteps(steps) - 1) / innerSteps(steps);
            return Math.max(
                    0, Math.min(slices, parallel(record, steps) - record.open().size()));
        }
        return leg.get() instanceof Leg.Piece
                ? (int) front(state).stream()
                        .filter(piece -> !isOpen(piece, record))
                        .count()
                : record.open().isEmpty() ? 1 : 0;
    }

    /** What the next assignment covers, if there can be one; its lane and base are still open. */
    public Optional<Slice> next(RunState state) {
        return fresh(state) == 0
                ? Optional.empty()
                : Optional.of(
                        whole(state, new Slice(state.current().orElseThrow().cursor(), 0, 0, 0)));
    }

    /** Whether all work of the current stage is merged. */
    public boolean finished(RunState state) {
        return state.current().orElseThrow().open().isEmpty() && leg(state).isEmpty();
    }

    /**
     * An assignment's work if it is handed out now: from the newest student version, with what the stage says.
     *
     * @param slice as {@link #next} gave it, with its lane
     */
    public Work work(RunState state, Slice slice) {
        return work(state, free(state).or(() -> leg(state)).orElseThrow(), slice);
    }

    /** An open assignment's work if it is handed out now. */
    public Work work(RunState state, Task task) {
        return work(state, leg(state, task), task.slice());
    }

    private Work work(RunState state, Leg leg, Slice slice) {
        StageRecord record = state.current().orElseThrow();
        Slice whole = whole(state, slice);
        Errand errand = leg.equals(REFERENCES)
                ? Errand.NONE
                : kinds.of(record.stage()).errand(view(state, record.stage()), leg, whole);
        Work.Reads reads = errand.reads().model(leg.model());
        Slice covered = new Slice(whole.firstStep(), whole.steps(), 0, 0, whole.data());
        if (leg instanceof Leg.Steps steps) {
            Optional<BlobRef> newest = student(state);
            return steps.sampling()
                    .map(sampling -> Work.sample(
                            leg.name(), covered, steps.to(), reads.version(newest.or(sampling::start)), errand.order()))
                    .orElseGet(() -> Work.train(
                            leg.name(),
                            covered,
                            steps.to(),
                            reads.version(newest).moments(moments(state, whole.lane())),
                            errand.order()));
        }
        if (leg instanceof Leg.Once once) {
            return new Work(once.kind(), once.name(), covered, 0, reads, once.writes(), errand.order());
        }
        return new Work(Work.Kind.MEASURE, leg.name(), covered, 0, reads, Optional.empty(), errand.order());
    }

    /** The part of the current stage that is under way or comes next; empty if all are merged. */
    Optional<Leg> leg(RunState state) {
        return front(state).stream().findFirst();
    }

    /** The part that an open assignment is of. */
    public Leg leg(RunState state, Task task) {
        return front(state).stream()
                .filter(leg -> leg.name().equals(task.leg()))
                .findFirst()
                .or(() -> leg(state))
                .orElseThrow();
    }

    /** The part that the next new assignment is of; empty if there can be none before others are merged. */
    public Optional<Leg> free(RunState state) {
        StageRecord record = state.current().orElseThrow();
        return front(state).stream()
                .filter(leg -> !(leg instanceof Leg.Piece) || !isOpen(leg, record))
                .findFirst();
    }

    private static boolean isOpen(Leg leg, StageRecord record) {
        return record.open().stream().anyMatch(task -> task.leg().equals(leg.name()));
    }

    /** The parts that may be under way now: one, or pieces that follow each other. */
    private List<Leg> front(RunState state) {
        StageRecord record = state.current().orElseThrow();
        List<Leg> legs = legs(state, record.stage());
        List<Leg> front = new ArrayList<>();
        for (Leg leg : legs) {
            boolean beside = front.isEmpty() || (leg instanceof Leg.Piece && front.get(0) instanceof Leg.Piece);
            if (!isMerged(leg, legs, record)) {
                if (!beside) {
                    break;
                }
                front.add(leg);
            }
        }
        return front;
    }

    private static boolean isMerged(Leg leg, List<Leg> legs, StageRecord record) {
        if (leg instanceof Leg.Steps steps) {
            return record.steps() >= steps.to();
        }
        // Journals of version 0.1 do not name what was merged: there, its place tells.
        List<Leg> onces = legs.stream().filter(Leg.Once.class::isInstance).toList();
        long unnamed = record.measured().stream()
                .filter(measured -> measured.leg().isEmpty())
                .count();
        return (leg instanceof Leg.Once && onces.indexOf(leg) < unnamed)
                || record.measured().stream()
                        .anyMatch(measured -> measured.leg().equals(leg.name()));
    }

    /** The newest student of the model that the stage trains now; empty before its first slice is merged. */
    public Optional<BlobRef> student(RunState state) {
        StageRecord record = state.current().orElseThrow();
        int from = leg(state)
                .filter(Leg.Steps.class::isInstance)
                .map(leg -> ((Leg.Steps) leg).from())
                .orElse(0);
        return record.steps() > from ? record.student() : Optional.empty();
    }

    /**
     * The slice with its length, which journals of versions that knew one worker only do not tell, and with its place in
     * the texts, which those of versions whose workers counted themselves do not.
     */
    public Slice whole(RunState state, Slice slice) {
        if (!(leg(state).orElse(null) instanceof Leg.Steps leg)) {
            return slice;
        }
        int steps = slice.steps() > 0
                ? slice.steps()
                : Math.max(0, Math.min(innerSteps(leg), leg.to() - slice.firstStep()));
        Cursor data = slice.data().isNone() ? data(state, leg, slice.firstStep(), steps) : slice.data();
        return new Slice(slice.firstStep(), steps, slice.lane(), slice.base(), data);
    }

    /** Where a slice of so many steps goes on in the texts, with the shares that hold now. */
    private Cursor data(RunState state, Leg.Steps leg, int step, int steps) {
        if (leg.text().isNone()) {
            return Cursor.NONE;
        }
        Cursor from = from(state, leg, step);
        return mix.isOff()
                ? from
                : mix.cursor(state, from, (long) steps * leg.text().perStep());
    }

    /** After what was handed out last, in this stage or in one before it. */
    private Cursor from(RunState state, Leg.Steps leg, int step) {
        StageRecord record = state.current().orElseThrow();
        Slice last = record.last();
        if (!last.data().isNone() && last.firstStep() + last.steps() == step) {
            return end(state, record, leg);
        }
        return state.stages().stream()
                .takeWhile(before -> !before.stage().equals(record.stage()))
                .filter(before -> !before.last().data().isNone())
                .reduce((earlier, later) -> later)
                .map(before -> end(state, before, leg))
                .orElseGet(() -> mix.isOff() ? start().after(leg.sequence(step)) : mix.start());
    }

    /** The place in the texts after the slice that a stage handed out last. */
    private Cursor end(RunState state, StageRecord record, Leg.Steps otherwise) {
        Slice last = record.last();
        Leg.Steps leg = trainings(legs(state, record.stage()))
                .filter(known -> known.from() <= last.firstStep() && last.firstStep() < known.to())
                .findFirst()
                .orElse(otherwise);
        return last.data().after((long) last.steps() * leg.text().perStep());
    }

    /** The beginning of all texts that are trained on. */
    private Cursor start() {
        return Cursor.start(config.data().train().stream()
                .map(RunConfig.TextSource::weight)
                .filter(weight -> weight > 0)
                .toList());
    }

    /** A step as the run tells it: with what only the coordinator knows. */
    public StepMetrics told(RunState state, StepMetrics step) {
        return mix.told(state, step);
    }

    /** What the current stage is to remember of a slice in flight that is merged. */
    public List<Note> notes(RunState before, Slice slice, WorkResult result, Optional<BlobRef> version) {
        Stage stage = before.current().orElseThrow().stage();
        List<Note> own = kinds.of(stage)
                .merged(view(before, stage), leg(before).orElseThrow(), whole(before, slice), result, version);
        return Stream.concat(own.stream(), mix.note(before, result).stream()).toList();
    }

    /** A lane's moments, if the newest student does not hold them itself. */
    private Optional<BlobRef> moments(RunState state, int lane) {
        StageRecord record = state.current().orElseThrow();
        if (student(state).isEmpty() || record.lanes().isEmpty()) {
            return Optional.empty();
        }
        BlobRef moments = record.lanes().get(lane).moments();
        return Optional.of(moments).filter(blob -> !record.student().equals(Optional.of(blob)));
    }

    /** Slices that may be open at a time. The first makes the student that the others start from. */
    private int parallel(StageRecord record, Leg.Steps leg) {
        boolean alone = leg.oneByOne() || record.steps() <= leg.from();
        return alone ? 1 : config.cluster().maxStaleness() + 1;
    }

    private int innerSteps(Leg.Steps leg) {
        return leg.oneByOne() ? 1 : config.cluster().innerSteps();
    }

    private List<Leg> legs(RunState state, Stage stage) {
        List<Leg> legs = new ArrayList<>(own(state, stage));
        if (!mix.isOff() && trainsFirst(state, stage)) {
            legs.add(0, REFERENCES);
        }
        return legs;
    }

    private List<Leg> own(RunState state, Stage stage) {
        return kinds.of(stage).legs(view(state, stage)).stream()
                .filter(leg -> !(leg instanceof Leg.Steps steps) || steps.to() > steps.from())
                .toList();
    }

    /** Whether it is the first stage that reads training text, but for those that were skipped before they had measured. */
    private boolean trainsFirst(RunState state, Stage stage) {
        return config.stages().stream()
                .filter(it -> state.stage(it).filter(StagePlan::isUnmeasured).isEmpty())
                .filter(it ->
                        trainings(own(state, it)).anyMatch(leg -> !leg.text().isNone()))
                .findFirst()
                .equals(Optional.of(stage));
    }

    private static boolean isUnmeasured(StageRecord record) {
        return record.state() == StageState.SKIPPED
                && record.measured().stream()
                        .noneMatch(measured -> measured.leg().equals(DomainMix.REFERENCES));
    }

    private static Stream<Leg.Steps> trainings(List<Leg> legs) {
        return legs.stream().filter(Leg.Steps.class::isInstance).map(Leg.Steps.class::cast);
    }

    private RunView view(RunState state, Stage stage) {
        return new RunView(config.at(stage), state, stage);
    }
}
