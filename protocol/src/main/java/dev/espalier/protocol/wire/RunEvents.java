package dev.espalier.protocol.wire;

import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The journal of a run. */
final class RunEvents {
    private RunEvents() {}

    static List<WireType<?>> types() {
        return List.of(
                submitted(),
                reconfigured(),
                modelIdentified(),
                assigned(),
                attemptFailed(),
                merged(),
                noted(),
                ofStage(
                        "run-stage-started",
                        RunEvent.StageStarted.class,
                        RunEvent.StageStarted::stage,
                        RunEvent.StageStarted::new),
                ofStage(
                        "run-stage-completed",
                        RunEvent.StageCompleted.class,
                        RunEvent.StageCompleted::stage,
                        RunEvent.StageCompleted::new),
                ofStage(
                        "run-stage-skipped",
                        RunEvent.StageSkipped.class,
                        RunEvent.StageSkipped::stage,
                        RunEvent.StageSkipped::new),
                stageFailed(),
                stageReset(),
                stageRewound(),
                plain("run-paused", RunEvent.Paused.class, RunEvent.Paused::new),
                plain("run-resumed", RunEvent.Resumed.class, RunEvent.Resumed::new),
                plain("run-cancelled", RunEvent.Cancelled.class, RunEvent.Cancelled::new),
                plain("run-removed", RunEvent.Removed.class, RunEvent.Removed::new));
    }

    private static WireType<RunEvent.Submitted> submitted() {
        return new WireType<>(
                "run-submitted",
                RunEvent.Submitted.class,
                e -> Wire.RunSubmitted.newBuilder()
                        .setRun(e.run())
                        .setDirectory(e.directory())
                        .setConfig(e.config())
                        .addAllStages(Stages.numbers(e.stages()))
                        .addAllStageWords(Stages.words(e.stages()))
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunSubmitted e = Wire.RunSubmitted.parseFrom(bytes);
                    return new RunEvent.Submitted(
                            e.getRun(),
                            e.getDirectory(),
                            e.getConfig(),
                            Stages.read(e.getStagesList(), e.getStageWordsList()),
                            at(e.getAt()));
                });
    }

    private static WireType<RunEvent.Reconfigured> reconfigured() {
        return new WireType<>(
                "run-reconfigured",
                RunEvent.Reconfigured.class,
                e -> Wire.RunReconfigured.newBuilder()
                        .setConfig(e.config())
                        .addAllStages(Stages.numbers(e.stages()))
                        .addAllStageWords(Stages.words(e.stages()))
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunReconfigured e = Wire.RunReconfigured.parseFrom(bytes);
                    return new RunEvent.Reconfigured(
                            e.getConfig(), Stages.read(e.getStagesList(), e.getStageWordsList()), at(e.getAt()));
                });
    }

    private static WireType<RunEvent.ModelIdentified> modelIdentified() {
        return new WireType<>(
                "run-model-identified",
                RunEvent.ModelIdentified.class,
                e -> Wire.RunModelIdentified.newBuilder()
                        .setSha256(e.sha256())
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunModelIdentified e = Wire.RunModelIdentified.parseFrom(bytes);
                    return new RunEvent.ModelIdentified(e.getSha256(), at(e.getAt()));
                });
    }

    private static WireType<RunEvent.Assigned> assigned() {
        return new WireType<>(
                "run-assigned",
                RunEvent.Assigned.class,
                e -> {
                    Wire.RunAssigned.Builder wire = Wire.RunAssigned.newBuilder()
                            .setKey(Values.write(e.key()))
                            .setFirstStep(e.slice().firstStep())
                            .setSteps(e.slice().steps())
                            .setLane(e.slice().lane())
                            .setBase(e.slice().base())
                            .setWorker(e.worker())
                            .setLeg(e.leg())
                            .setAt(e.at().toEpochMilli());
                    Values.write(e.slice().data()).ifPresent(wire::setData);
                    return wire.build();
                },
                bytes -> {
                    Wire.RunAssigned e = Wire.RunAssigned.parseFrom(bytes);
                    return new RunEvent.Assigned(
                            Values.read(e.getKey()),
                            e.getLeg(),
                            new Slice(
                                    e.getFirstStep(), e.getSteps(), e.getLane(), e.getBase(), Values.read(e.getData())),
                            e.getWorker(),
                            at(e.getAt()));
                });
    }

    private static WireType<RunEvent.AttemptFailed> attemptFailed() {
        return new WireType<>(
                "run-attempt-failed",
                RunEvent.AttemptFailed.class,
                e -> Wire.RunAttemptFailed.newBuilder()
                        .setKey(Values.write(e.key()))
                        .setEnd(write(e.end()))
                        .setCause(e.cause())
                        .setPermanent(e.permanent())
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunAttemptFailed e = Wire.RunAttemptFailed.parseFrom(bytes);
                    return new RunEvent.AttemptFailed(
                            Values.read(e.getKey()), read(e.getEnd()), e.getCause(), e.getPermanent(), at(e.getAt()));
                });
    }

    private static WireType<RunEvent.Merged> merged() {
        return new WireType<>(
                "run-merged",
                RunEvent.Merged.class,
                e -> {
                    Wire.RunMerged.Builder wire = Wire.RunMerged.newBuilder()
                            .setResult(Works.write(e.result()))
                            .setSteps(e.steps())
                            .setAt(e.at().toEpochMilli());
                    e.blend().map(RunEvents::write).ifPresent(wire::setBlend);
                    return wire.build();
                },
                bytes -> {
                    Wire.RunMerged e = Wire.RunMerged.parseFrom(bytes);
                    return new RunEvent.Merged(
                            Works.read(e.getResult()),
                            e.getSteps(),
                            e.hasBlend() ? Optional.of(read(e.getBlend())) : Optional.empty(),
                            at(e.getAt()));
                });
    }

    private static Wire.Blend write(Blend blend) {
        Wire.Blend.Builder wire = Wire.Blend.newBuilder()
                .setStudent(Values.write(blend.student()))
                .setStaleness(blend.staleness());
        blend.outer().map(Values::write).ifPresent(wire::setOuter);
        return wire.build();
    }

    private static Blend read(Wire.Blend blend) {
        return new Blend(
                Values.read(blend.getStudent()),
                Values.readIf(blend.hasOuter(), blend.getOuter()),
                blend.getStaleness());
    }

    private static Wire.AttemptEnd write(AttemptEnd end) {
        return switch (end) {
            case FAILED -> Wire.AttemptEnd.ATTEMPT_FAILED;
            case LOST -> Wire.AttemptEnd.ATTEMPT_LOST;
            case RETURNED -> Wire.AttemptEnd.ATTEMPT_RETURNED;
            case STALE -> Wire.AttemptEnd.ATTEMPT_STALE;
        };
    }

    private static AttemptEnd read(Wire.AttemptEnd end) {
        return switch (end) {
            case ATTEMPT_FAILED -> AttemptEnd.FAILED;
            case ATTEMPT_LOST -> AttemptEnd.LOST;
            case ATTEMPT_RETURNED -> AttemptEnd.RETURNED;
            case ATTEMPT_STALE -> AttemptEnd.STALE;
            case UNRECOGNIZED -> throw new IllegalArgumentException("an unknown end of an attempt");
        };
    }

    private static WireType<RunEvent.Noted> noted() {
        return new WireType<>(
                "run-noted",
                RunEvent.Noted.class,
                e -> {
                    Wire.RunNoted.Builder wire = Wire.RunNoted.newBuilder()
                            .setStage(Stages.number(e.stage()))
                            .setStageWord(Stages.word(e.stage()))
                            .setWord(e.note().word())
                            .setAt(e.at().toEpochMilli());
                    e.note()
                            .numbers()
                            .forEach((name, value) -> wire.addNumbers(
                                    Wire.Number.newBuilder().setName(name).setValue(value)));
                    e.note().keeps().forEach(blob -> wire.addKeeps(Values.write(blob)));
                    return wire.build();
                },
                bytes -> {
                    Wire.RunNoted e = Wire.RunNoted.parseFrom(bytes);
                    Map<String, Double> numbers = new TreeMap<>();
                    e.getNumbersList().forEach(number -> numbers.put(number.getName(), number.getValue()));
                    return new RunEvent.Noted(
                            Stages.read(e.getStage(), e.getStageWord()),
                            new Note(
                                    e.getWord(),
                                    numbers,
                                    e.getKeepsList().stream().map(Values::read).toList()),
                            at(e.getAt()));
                });
    }

    /**
     * What version 0.1 had events of their own for: by their manifests, how they are read. They are written no more.
     */
    static Map<String, WireType.Reader<RunEvent>> former() {
        return Map.of(
                "run-teacher-tagged",
                bytes -> {
                    Wire.RunTeacherTagged e = Wire.RunTeacherTagged.parseFrom(bytes);
                    Note note = new Note(
                            "teacher",
                            Map.of("percent", (double) e.getPercent()),
                            List.of(Values.read(e.getStudent())));
                    return new RunEvent.Noted(Stage.PRUNE, note, at(e.getAt()));
                },
                "run-target-reached",
                bytes -> {
                    Wire.RunTargetReached e = Wire.RunTargetReached.parseFrom(bytes);
                    Note note = new Note("turned", Map.of("remaining", (double) e.getRemainingSteps()), List.of());
                    return new RunEvent.Noted(Stage.PRUNE, note, at(e.getAt()));
                });
    }

    private static WireType<RunEvent.StageFailed> stageFailed() {
        return new WireType<>(
                "run-stage-failed",
                RunEvent.StageFailed.class,
                e -> Wire.RunStageFailed.newBuilder()
                        .setStage(Stages.number(e.stage()))
                        .setStageWord(Stages.word(e.stage()))
                        .setCause(e.cause())
                        .setPermanent(e.permanent())
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunStageFailed e = Wire.RunStageFailed.parseFrom(bytes);
                    return new RunEvent.StageFailed(
                            Stages.read(e.getStage(), e.getStageWord()), e.getCause(), e.getPermanent(), at(e.getAt()));
                });
    }

    private static WireType<RunEvent.StageReset> stageReset() {
        return new WireType<>(
                "run-stage-reset",
                RunEvent.StageReset.class,
                e -> Wire.RunStageReset.newBuilder()
                        .setStage(Stages.number(e.stage()))
                        .setStageWord(Stages.word(e.stage()))
                        .setCause(e.cause())
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunStageReset e = Wire.RunStageReset.parseFrom(bytes);
                    return new RunEvent.StageReset(
                            Stages.read(e.getStage(), e.getStageWord()), e.getCause(), at(e.getAt()));
                });
    }

    private static WireType<RunEvent.StageRewound> stageRewound() {
        return new WireType<>(
                "run-stage-rewound",
                RunEvent.StageRewound.class,
                e -> Wire.RunStageRewound.newBuilder()
                        .setStage(Stages.number(e.stage()))
                        .setStageWord(Stages.word(e.stage()))
                        .setVersion(e.version())
                        .setCause(e.cause())
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunStageRewound e = Wire.RunStageRewound.parseFrom(bytes);
                    return new RunEvent.StageRewound(
                            Stages.read(e.getStage(), e.getStageWord()), e.getVersion(), e.getCause(), at(e.getAt()));
                });
    }

    private static <T extends RunEvent> WireType<T> ofStage(
            String manifest, Class<T> type, Function<T, Stage> stage, BiFunction<Stage, Instant, T> constructor) {
        return new WireType<>(
                manifest,
                type,
                e -> Wire.RunStageEvent.newBuilder()
                        .setStage(Stages.number(stage.apply(e)))
                        .setStageWord(Stages.word(stage.apply(e)))
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes -> {
                    Wire.RunStageEvent e = Wire.RunStageEvent.parseFrom(bytes);
                    return constructor.apply(Stages.read(e.getStage(), e.getStageWord()), at(e.getAt()));
                });
    }

    private static <T extends RunEvent> WireType<T> plain(
            String manifest, Class<T> type, Function<Instant, T> constructor) {
        return new WireType<>(
                manifest,
                type,
                e -> Wire.RunPlainEvent.newBuilder()
                        .setAt(e.at().toEpochMilli())
                        .build(),
                bytes ->
                        constructor.apply(at(Wire.RunPlainEvent.parseFrom(bytes).getAt())));
    }

    private static Instant at(long epochMillis) {
        return Instant.ofEpochMilli(epochMillis);
    }
}
