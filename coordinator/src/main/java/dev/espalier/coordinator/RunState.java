package dev.espalier.coordinator;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Teacher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * A run as its events left it: a pure value, the same after every replay.
 *
 * @param phase RUNNING also while an assignment waits for its next attempt
 * @param inFlight the assignment whose result will be merged; any other is stale
 * @param failures failed attempts of the next assignment since it was last resumed
 * @param students all student versions, oldest first; their number is the version
 * @param teachers the teacher bank, ascending
 * @param turnedAt pruning steps that were left when the curriculum turned round
 */
public record RunState(
        String run,
        String directory,
        String config,
        RunPhase phase,
        List<StageRecord> stages,
        Optional<AssignmentKey> inFlight,
        int failures,
        List<BlobRef> students,
        List<TaggedTeacher> teachers,
        OptionalInt turnedAt) {

    /** Before the first event. */
    public static final RunState NONE = new RunState(
            "", "", "", RunPhase.PENDING, List.of(), Optional.empty(), 0, List.of(), List.of(), OptionalInt.empty());

    public boolean exists() {
        return phase != RunPhase.PENDING;
    }

    /** The first stage that is not over. */
    public Optional<StageRecord> current() {
        return stages.stream().filter(record -> !record.state().over()).findFirst();
    }

    public Optional<StageRecord> stage(Stage stage) {
        return stages.stream().filter(record -> record.stage() == stage).findFirst();
    }

    /** The bank's teacher of that threshold, or the intact model. */
    public Teacher teacher(OptionalInt percent) {
        return teachers.stream()
                .filter(teacher -> percent.isPresent() && teacher.percent() == percent.getAsInt())
                .findFirst()
                .map(teacher -> new Teacher(Optional.of(teacher.student()), teacher.percent()))
                .orElse(Teacher.INTACT);
    }

    /** The state after {@code event}. */
    public RunState apply(RunEvent event) {
        if (event instanceof RunEvent.Submitted e) {
            List<StageRecord> pending =
                    e.stages().stream().map(StageRecord::pending).toList();
            return new Change(NONE)
                    .submitted(e.run(), e.directory(), e.config(), pending)
                    .done();
        } else if (event instanceof RunEvent.Reconfigured e) {
            return new Change(this).config(e.config()).done();
        } else if (event instanceof RunEvent.StageStarted e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.started(e.at()))
                    .done();
        } else if (event instanceof RunEvent.Assigned e) {
            return new Change(this)
                    .stage(e.key().stage(), record -> record.assigned(e.key().attempt()))
                    .inFlight(Optional.of(e.key()))
                    .done();
        } else if (event instanceof RunEvent.AttemptFailed) {
            return new Change(this)
                    .inFlight(Optional.empty())
                    .failures(failures + 1)
                    .done();
        } else if (event instanceof RunEvent.Merged e) {
            return new Change(this)
                    .stage(e.result().key().stage(), record -> record.merged(e))
                    .student(e.result().student())
                    .inFlight(Optional.empty())
                    .failures(0)
                    .done();
        } else if (event instanceof RunEvent.TeacherTagged e) {
            return new Change(this)
                    .teacher(new TaggedTeacher(e.percent(), e.student()))
                    .done();
        } else if (event instanceof RunEvent.TargetReached e) {
            return new Change(this).turnedAt(OptionalInt.of(e.remainingSteps())).done();
        } else {
            return applyToStages(event);
        }
    }

    private RunState applyToStages(RunEvent event) {
        if (event instanceof RunEvent.StageCompleted e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.ended(StageState.COMPLETED, "", e.at()))
                    .completeIfOver()
                    .done();
        } else if (event instanceof RunEvent.StageSkipped e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.ended(StageState.SKIPPED, "", e.at()))
                    .phase(RunPhase.RUNNING)
                    .failures(0)
                    .completeIfOver()
                    .done();
        } else if (event instanceof RunEvent.StageFailed e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.ended(StageState.FAILED, e.cause(), e.at()))
                    .inFlight(Optional.empty())
                    .phase(RunPhase.FAILED)
                    .done();
        } else if (event instanceof RunEvent.StageReset e) {
            return reset(e);
        } else if (event instanceof RunEvent.Paused) {
            return new Change(this)
                    .currentStage(StageState.RUNNING, StageState.PAUSED)
                    .inFlight(Optional.empty())
                    .phase(RunPhase.PAUSED)
                    .done();
        } else if (event instanceof RunEvent.Resumed) {
            return new Change(this)
                    .currentStage(StageState.PAUSED, StageState.RUNNING)
                    .currentStage(StageState.FAILED, StageState.RUNNING)
                    .failures(0)
                    .phase(RunPhase.RUNNING)
                    .done();
        } else if (event instanceof RunEvent.Cancelled) {
            return new Change(this)
                    .currentStage(StageState.RUNNING, StageState.PAUSED)
                    .inFlight(Optional.empty())
                    .phase(RunPhase.CANCELLED)
                    .done();
        }
        throw new IllegalStateException("no rule for " + event.getClass());
    }

    /** The named stage and all after it are pending again; a run that had stopped waits for resume. */
    private RunState reset(RunEvent.StageReset event) {
        Change change = new Change(this).inFlight(Optional.empty()).failures(0);
        stages.stream()
                .filter(record -> record.stage().compareTo(event.stage()) >= 0)
                .forEach(record -> change.stage(
                        record.stage(), it -> it.reset(record.stage() == event.stage() ? event.cause() : "")));
        if (event.stage().compareTo(Stage.PRUNE) <= 0) {
            change.withoutTeachers();
        }
        boolean goesOn = phase == RunPhase.RUNNING || phase == RunPhase.COMPLETED;
        return change.phase(goesOn ? RunPhase.RUNNING : RunPhase.PAUSED).done();
    }

    /** One event's changes, before they become a state again. */
    private static final class Change {
        private String run;
        private String directory;
        private String config;
        private RunPhase phase;
        private List<StageRecord> stages;
        private Optional<AssignmentKey> inFlight;
        private int failures;
        private List<BlobRef> students;
        private List<TaggedTeacher> teachers;
        private OptionalInt turnedAt;

        Change(RunState from) {
            run = from.run;
            directory = from.directory;
            config = from.config;
            phase = from.phase;
            stages = new ArrayList<>(from.stages);
            inFlight = from.inFlight;
            failures = from.failures;
            students = from.students;
            teachers = from.teachers;
            turnedAt = from.turnedAt;
        }

        RunState done() {
            return new RunState(
                    run,
                    directory,
                    config,
                    phase,
                    List.copyOf(stages),
                    inFlight,
                    failures,
                    students,
                    teachers,
                    turnedAt);
        }

        Change submitted(String run, String directory, String config, List<StageRecord> stages) {
            this.run = run;
            this.directory = directory;
            this.config = config;
            this.stages = new ArrayList<>(stages);
            this.phase = RunPhase.RUNNING;
            return this;
        }

        Change config(String config) {
            this.config = config;
            return this;
        }

        Change phase(RunPhase phase) {
            this.phase = phase;
            return this;
        }

        Change completeIfOver() {
            return stages.stream().allMatch(record -> record.state().over()) ? phase(RunPhase.COMPLETED) : this;
        }

        Change stage(Stage stage, UnaryOperator<StageRecord> change) {
            stages.replaceAll(record -> record.stage() == stage ? change.apply(record) : record);
            return this;
        }

        Change currentStage(StageState from, StageState to) {
            stages.replaceAll(record -> record.state() == from ? record.in(to) : record);
            return this;
        }

        Change inFlight(Optional<AssignmentKey> inFlight) {
            this.inFlight = inFlight;
            return this;
        }

        Change failures(int failures) {
            this.failures = failures;
            return this;
        }

        Change student(Optional<BlobRef> student) {
            if (student.isPresent()) {
                students = new ArrayList<>(students);
                students.add(student.get());
            }
            return this;
        }

        Change teacher(TaggedTeacher teacher) {
            teachers = new ArrayList<>(teachers);
            teachers.add(teacher);
            return this;
        }

        Change withoutTeachers() {
            teachers = List.of();
            return turnedAt(OptionalInt.empty());
        }

        Change turnedAt(OptionalInt turnedAt) {
            this.turnedAt = turnedAt;
            return this;
        }
    }
}
