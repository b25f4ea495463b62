package dev.espalier.coordinator.state;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One stage of a run as its events left it.
 *
 * @param cause why it failed, or why it is done again; empty otherwise
 * @param next sequence number of the next assignment that was never handed out
 * @param cursor training steps that were handed out: where the next slice begins
 * @param last training slice that was handed out, which the next goes on after in the texts; {@link Slice#NONE} if none
 * @param steps training steps merged
 * @param open assignments handed out and not merged, by sequence number
 * @param lanes of training slices
 * @param measured what each merged assignment that is not training measured, in order
 * @param notes what the stage remembers of what was merged, in order
 * @param attemptsBefore where attempts count from: the highest before the stage was last reset, so that results from
 *     then stay stale
 * @param highestAttempt of any assignment of the stage
 * @param student the newest student of this stage
 * @param outer the outer optimizer's momentum that belongs to it
 * @param sparsity its expected sparsity
 */
public record StageRecord(
        Stage stage,
        StageState state,
        Optional<Instant> started,
        Optional<Instant> ended,
        String cause,
        long next,
        int cursor,
        Slice last,
        int steps,
        List<Task> open,
        List<Lane> lanes,
        List<Measured> measured,
        List<Note> notes,
        int attemptsBefore,
        int highestAttempt,
        Optional<BlobRef> student,
        Optional<BlobRef> outer,
        double sparsity,
        List<Artefact> artefacts) {

    /** @param attemptsBefore the highest attempt of this stage so far */
    static StageRecord pending(Stage stage, int attemptsBefore) {
        return reset(stage, "", attemptsBefore);
    }

    /** Whether work of the stage is merged. */
    public boolean begun() {
        return steps > 0 || !measured.isEmpty();
    }

    private static StageRecord reset(Stage stage, String cause, int attemptsBefore) {
        return new StageRecord(
                stage,
                StageState.PENDING,
                Optional.empty(),
                Optional.empty(),
                cause,
                0,
                0,
                Slice.NONE,
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                attemptsBefore,
                attemptsBefore,
                Optional.empty(),
                Optional.empty(),
                0,
                List.of());
    }

    /** The open assignment of that number. */
    public Optional<Task> task(long sequence) {
        return open.stream().filter(task -> task.sequence() == sequence).findFirst();
    }

    /** Whether the key is that of an attempt in flight: the only one whose result counts. */
    public boolean awaits(AssignmentKey key) {
        return key.stage().equals(stage)
                && task(key.sequence())
                        .filter(task -> task.inFlight() && task.attempt() == key.attempt())
                        .isPresent();
    }

    StageRecord reset(String why) {
        return reset(stage, why, highestAttempt);
    }

    /** As it was then, but that all results from before are stale, and optimizers begin anew. */
    StageRecord rewound(StageRecord then, String why) {
        List<Task> again = then.open.stream()
                .map(task -> Task.fresh(task.sequence(), task.leg(), task.slice(), highestAttempt))
                .toList();
        return new StageRecord(
                stage,
                StageState.PENDING,
                Optional.empty(),
                Optional.empty(),
                why,
                then.next,
                then.cursor,
                then.last,
                then.steps,
                again,
                // The version may hold moments itself; those of others are kept no longer than they are needed.
                then.student.stream().map(student -> new Lane(student, "")).toList(),
                then.measured,
                then.notes,
                highestAttempt,
                highestAttempt,
                then.student,
                Optional.empty(),
                then.sparsity,
                then.artefacts);
    }

    StageRecord started(Instant at) {
        return with(StageState.RUNNING, Optional.of(at), Optional.empty(), cause);
    }

    StageRecord ended(StageState end, String why, Instant at) {
        return with(end, started, Optional.of(at), why);
    }

    /** Paused, or running again. */
    StageRecord in(StageState state) {
        return with(state, started, Optional.empty(), "");
    }

    StageRecord assigned(RunEvent.Assigned event) {
        AssignmentKey key = event.key();
        Change change = new Change(this);
        Optional<Task> known = task(key.sequence());
        // Journals of versions that knew one worker only do not tell the slice: it began where the merged ones ended.
        int firstStep = event.slice().equals(Slice.NONE) ? steps : event.slice().firstStep();
        Slice slice = new Slice(
                firstStep,
                event.slice().steps(),
                event.slice().lane(),
                event.slice().base(),
                event.slice().data());
        change.open.removeIf(task -> task.sequence() == key.sequence());
        change.open.add(known.orElse(Task.fresh(key.sequence(), event.leg(), slice, 0))
                .handedOut(slice, key.attempt(), event.worker()));
        if (slice.steps() > 0 && !lanes.isEmpty() && slice.lane() >= lanes.size()) {
            // A new lane begins with the moments of the first, and holds on to them until its own result is there.
            change.lane(slice.lane(), new Lane(lanes.get(0).moments(), event.worker()));
        }
        change.next = Math.max(next, key.sequence() + 1);
        if (slice.steps() > 0 && slice.firstStep() >= cursor) {
            change.last = slice;
        }
        change.cursor = Math.max(cursor, slice.firstStep() + slice.steps());
        change.highestAttempt = Math.max(highestAttempt, key.attempt());
        return change.done();
    }

    StageRecord attemptEnded(AssignmentKey key, AttemptEnd end) {
        return tasks(task -> task.sequence() == key.sequence() ? task.ended(end) : task);
    }

    /** Nothing is in flight any more. */
    StageRecord recalled() {
        return tasks(Task::recalled);
    }

    /** Failures until now do not count any more. */
    StageRecord forgiven() {
        return tasks(Task::forgiven);
    }

    private StageRecord tasks(UnaryOperator<Task> changed) {
        Change change = new Change(this);
        change.open.replaceAll(changed);
        return change.done();
    }

    StageRecord merged(RunEvent.Merged event) {
        WorkResult result = event.result();
        Change change = new Change(this);
        Task task = task(result.key().sequence()).orElseThrow();
        change.open.remove(task);
        change.steps += event.steps();
        change.cursor = Math.max(cursor, task.slice().firstStep() + event.steps());
        if (event.steps() == 0) {
            change.measured.add(new Measured(task.leg(), result.measurements()));
            // What is trained after it is another model.
            change.lanes.clear();
            change.outer = Optional.empty();
        }
        change.artefacts.addAll(result.artefacts());
        result.student()
                .ifPresent(moments -> change.lane(
                        task.slice().lane(), new Lane(moments, task.worker().orElse(""))));
        Optional<BlobRef> version = event.blend().map(Blend::student).or(result::student);
        if (version.isPresent()) {
            change.student = version;
            change.outer = event.blend().flatMap(Blend::outer);
            change.sparsity = result.expectedSparsity();
        }
        return change.done();
    }

    StageRecord noted(Note note) {
        Change change = new Change(this);
        change.notes.add(note);
        return change.done();
    }

    /** Versions and other blobs that the stage's notes name. */
    public Stream<BlobRef> kept() {
        return notes.stream().flatMap(note -> note.keeps().stream());
    }

    private StageRecord with(StageState state, Optional<Instant> started, Optional<Instant> ended, String cause) {
        return new StageRecord(
                stage,
                state,
                started,
                ended,
                cause,
                next,
                cursor,
                last,
                steps,
                open,
                lanes,
                measured,
                notes,
                attemptsBefore,
                highestAttempt,
                student,
                outer,
                sparsity,
                artefacts);
    }

    /** One event's changes, before they become a record again. */
    private static final class Change {
        private final StageRecord from;
        private final List<Task> open;
        private final List<Lane> lanes;
        private final List<Measured> measured;
        private final List<Note> notes;
        private final List<Artefact> artefacts;
        private long next;
        private int cursor;
        private Slice last;
        private int steps;
        private int highestAttempt;
        private Optional<BlobRef> student;
        private Optional<BlobRef> outer;
        private double sparsity;

        Change(StageRecord from) {
            this.from = from;
            open = new ArrayList<>(from.open);
            lanes = new ArrayList<>(from.lanes);
            measured = new ArrayList<>(from.measured);
            notes = new ArrayList<>(from.notes);
            artefacts = new ArrayList<>(from.artefacts);
            next = from.next;
            cursor = from.cursor;
            last = from.last;
            steps = from.steps;
            highestAttempt = from.highestAttempt;
            student = from.student;
            outer = from.outer;
            sparsity = from.sparsity;
        }

        /** A lane that is beyond the last is the next new one, as lanes may return out of order. */
        void lane(int index, Lane lane) {
            while (lanes.size() < index) {
                lanes.add(lane);
            }
            if (index == lanes.size()) {
                lanes.add(lane);
            } else {
                lanes.set(index, lane);
            }
        }

        StageRecord done() {
            open.sort((a, b) -> Long.compare(a.sequence(), b.sequence()));
            return new StageRecord(
                    from.stage,
                    from.state,
                    from.started,
                    from.ended,
                    from.cause,
                    next,
                    cursor,
                    last,
                    steps,
                    List.copyOf(open),
                    List.copyOf(lanes),
                    List.copyOf(measured),
                    List.copyOf(notes),
                    from.attemptsBefore,
                    highestAttempt,
                    student,
                    outer,
                    sparsity,
                    List.copyOf(artefacts));
        }
    }
}
