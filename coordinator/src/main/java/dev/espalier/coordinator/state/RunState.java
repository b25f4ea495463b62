package dev.espalier.coordinator.state;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A run as its events left it: a pure value, the same after every replay.
 *
 * @param model identity of the model that the run is about; empty until a result tells it
 * @param phase RUNNING also while an assignment waits for its next attempt
 * @param students all student versions, oldest first; their number is the version
 * @param resumePoints what student versions need besides themselves to be gone on from, oldest first
 * @param retired the highest attempts of stages that the run, or one before it under its name, has no more: results
 *     from then stay stale
 */
public record RunState(
        String run,
        String directory,
        String config,
        Optional<String> model,
        RunPhase phase,
        List<StageRecord> stages,
        List<BlobRef> students,
        List<ResumePoint> resumePoints,
        Map<Stage, Integer> retired) {

    /** Before the first event. */
    public static final RunState NONE =
            new RunState("", "", "", Optional.empty(), RunPhase.PENDING, List.of(), List.of(), List.of(), Map.of());

    public boolean exists() {
        return phase != RunPhase.PENDING;
    }

    /** The first stage that is not over. */
    public Optional<StageRecord> current() {
        return stages.stream().filter(record -> !record.state().over()).findFirst();
    }

    public Optional<StageRecord> stage(Stage stage) {
        return stages.stream().filter(record -> record.stage().equals(stage)).findFirst();
    }

    /** The stages that come after that one. */
    public List<Stage> after(Stage stage) {
        return stages.stream()
                .map(StageRecord::stage)
                .dropWhile(it -> !it.equals(stage))
                .skip(1)
                .toList();
    }

    /** The attempts whose results will be merged; any other is stale. */
    public List<AssignmentKey> inFlight() {
        return current().stream()
                .flatMap(record -> record.open().stream()
                        .filter(Task::inFlight)
                        .map(task -> new AssignmentKey(run, record.stage(), task.sequence(), task.attempt())))
                .toList();
    }

    public boolean awaits(AssignmentKey key) {
        return key.run().equals(run)
                && current().filter(record -> record.awaits(key)).isPresent();
    }

    /** The student version that an assignment of this slice starts from; empty if there was none. */
    public Optional<BlobRef> base(Slice slice) {
        return slice.base() == 0 ? Optional.empty() : Optional.of(students.get(slice.base() - 1));
    }

    /** Versions and other blobs that notes of its stages name. */
    public Set<BlobRef> kept() {
        return stages.stream().flatMap(StageRecord::kept).collect(Collectors.toSet());
    }

    /** The state after {@code event}. */
    public RunState apply(RunEvent event) {
        if (event instanceof RunEvent.Submitted e) {
            return new Change(this)
                    .submitted(e.run(), e.directory(), e.config())
                    .stages(e.stages())
                    .done();
        } else if (event instanceof RunEvent.Reconfigured e) {
            Change change = new Change(this).config(e.config());
            return e.stages().isEmpty()
                    ? change.done()
                    : change.stages(e.stages()).completeIfOver().done();
        } else if (event instanceof RunEvent.Removed) {
            return new Change(NONE)
                    .retired(new Change(this).stages(List.of()).retired)
                    .done();
        } else if (event instanceof RunEvent.ModelIdentified e) {
            return new Change(this).model(Optional.of(e.sha256())).done();
        } else if (event instanceof RunEvent.StageStarted e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.started(e.at()))
                    .done();
        } else if (event instanceof RunEvent.Assigned e) {
            return new Change(this)
                    .stage(e.key().stage(), record -> record.assigned(e))
                    .done();
        } else if (event instanceof RunEvent.AttemptFailed e) {
            return new Change(this)
                    .stage(e.key().stage(), record -> record.attemptEnded(e.key(), e.end()))
                    .done();
        } else if (event instanceof RunEvent.Merged e) {
            Stage stage = e.result().key().stage();
            Optional<BlobRef> version = e.blend().map(Blend::student).or(e.result()::student);
            Change change =
                    new Change(this).stage(stage, record -> record.merged(e)).student(version);
            // What is made of a version later is made again when the stage goes on from it.
            return version.isPresent() ? change.resumePoint(stage).done() : change.done();
        } else if (event instanceof RunEvent.Noted e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.noted(e.note()))
                    .resumePoint(e.stage())
                    .done();
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
                    .completeIfOver()
                    .done();
        } else if (event instanceof RunEvent.StageFailed e) {
            return new Change(this)
                    .stage(e.stage(), record -> record.recalled().ended(StageState.FAILED, e.cause(), e.at()))
                    .phase(RunPhase.FAILED)
                    .done();
        } else if (event instanceof RunEvent.StageReset e) {
            return reset(e);
        } else if (event instanceof RunEvent.StageRewound e) {
            return rewound(e);
        } else if (event instanceof RunEvent.Paused) {
            return new Change(this)
                    .recalled()
                    .currentStage(StageState.RUNNING, StageState.PAUSED)
                    .phase(RunPhase.PAUSED)
                    .done();
        } else if (event instanceof RunEvent.Resumed) {
            return new Change(this)
                    .currentStage(StageState.PAUSED, StageState.RUNNING)
                    .currentStage(StageState.FAILED, StageState.RUNNING)
                    .forgiven()
                    .phase(RunPhase.RUNNING)
                    .done();
        } else if (event instanceof RunEvent.Cancelled) {
            return new Change(this)
                    .recalled()
                    .currentStage(StageState.RUNNING, StageState.PAUSED)
                    .phase(RunPhase.CANCELLED)
                    .done();
        }
        throw new IllegalStateException("no rule for " + event.getClass());
    }

    /** The named stage and all after it are pending again; a run that had stopped waits for resume. */
    private RunState reset(RunEvent.StageReset event) {
        Change change = new Change(this);
        change.stage(event.stage(), record -> record.reset(event.cause()));
        after(event.stage()).forEach(stage -> change.stage(stage, record -> record.reset("")));
        if (stages.get(0).stage().equals(event.stage())) {
            // Nothing is left of the model that it began with: it may begin with another.
            change.model(Optional.empty());
        }
        return change.phase(phaseAgain()).done();
    }

    /** What was known of that version when it was merged, if the stage made it. */
    public Optional<ResumePoint> resumePoint(Stage stage, int version) {
        return resumePoints.stream()
                .filter(point ->
                        point.version() == version && point.record().stage().equals(stage))
                .findFirst();
    }

    /** The student of that version is the newest again, under a number of its own: numbers never come twice. */
    private RunState rewound(RunEvent.StageRewound event) {
        ResumePoint point = resumePoint(event.stage(), event.version()).orElseThrow();
        Change change = new Change(this)
                .stage(event.stage(), record -> record.rewound(point.record(), event.cause()))
                .student(Optional.of(students.get(event.version() - 1)));
        after(event.stage()).forEach(stage -> change.stage(stage, record -> record.reset("")));
        return change.resumePoint(event.stage()).phase(phaseAgain()).done();
    }

    /** A run that had stopped waits for resume. */
    private RunPhase phaseAgain() {
        return phase == RunPhase.RUNNING || phase == RunPhase.COMPLETED ? RunPhase.RUNNING : RunPhase.PAUSED;
    }

    /** One event's changes, before they become a state again. */
    private static final class Change {
        private String run;
        private String directory;
        private String config;
        private Optional<String> model;
        private RunPhase phase;
        private List<StageRecord> stages;
        private List<BlobRef> students;
        private List<ResumePoint> resumePoints;
        private Map<Stage, Integer> retired;

        Change(RunState from) {
            run = from.run;
            directory = from.directory;
            config = from.config;
            model = from.model;
            phase = from.phase;
            stages = new ArrayList<>(from.stages);
            students = from.students;
            resumePoints = from.resumePoints;
            retired = from.retired;
        }

        RunState done() {
            return new RunState(
                    run, directory, config, model, phase, List.copyOf(stages), students, resumePoints, retired);
        }

        Change submitted(String run, String directory, String config) {
            this.run = run;
            this.directory = directory;
            this.config = config;
            this.phase = RunPhase.RUNNING;
            return this;
        }

        /** The stages that the run goes through from now on: what others have done is dropped. */
        Change stages(List<Stage> now) {
            Map<Stage, StageRecord> known = new HashMap<>();
            stages.forEach(record -> known.put(record.stage(), record));
            Map<Stage, Integer> attempts = new HashMap<>();
            attempts.putAll(retired);
            known.forEach((stage, record) -> attempts.put(stage, record.highestAttempt()));
            stages = new ArrayList<>();
            now.forEach(stage -> stages.add(
                    known.containsKey(stage)
                            ? known.get(stage)
                            : StageRecord.pending(stage, attempts.getOrDefault(stage, 0))));
            attempts.keySet().removeAll(now);
            return retired(attempts);
        }

        Change retired(Map<Stage, Integer> attempts) {
            retired = Map.copyOf(attempts);
            return this;
        }

        Change config(String config) {
            this.config = config;
            return this;
        }

        Change model(Optional<String> sha256) {
            model = sha256;
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
            stages.replaceAll(record -> record.stage().equals(stage) ? change.apply(record) : record);
            return this;
        }

        Change currentStage(StageState from, StageState to) {
            stages.replaceAll(record -> record.state() == from ? record.in(to) : record);
            return this;
        }

        Change recalled() {
            stages.replaceAll(StageRecord::recalled);
            return this;
        }

        Change forgiven() {
            stages.replaceAll(StageRecord::forgiven);
            return this;
        }

        Change student(Optional<BlobRef> student) {
            if (student.isPresent()) {
                students = new ArrayList<>(students);
                students.add(student.get());
            }
            return this;
        }

        /** Notes what the newest student version needs to be gone on from, if the stage made it. */
        Change resumePoint(Stage stage) {
            StageRecord record = stages.stream()
                    .filter(it -> it.stage().equals(stage))
                    .findFirst()
                    .orElseThrow();
            if (!students.isEmpty() && record.student().equals(Optional.of(students.get(students.size() - 1)))) {
                int version = students.size();
                int oldest = version - ResumePoint.MOST;
                List<BlobRef> lasting =
                        stages.stream().flatMap(StageRecord::kept).toList();
                resumePoints = new ArrayList<>(resumePoints);
                resumePoints.removeIf(point -> point.version() == version
                        || (point.version() <= oldest
                                && !lasting.contains(point.record().student().orElseThrow())));
                resumePoints.add(new ResumePoint(version, record));
            }
            return this;
        }
    }
}
