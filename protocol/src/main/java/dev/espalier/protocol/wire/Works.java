package dev.espalier.protocol.wire;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.util.Optional;

/** Assignments and their results. */
final class Works {
    private Works() {}

    static Wire.Assignment write(Assignment assignment) {
        Wire.Assignment.Builder wire = Wire.Assignment.newBuilder()
                .setKey(Values.write(assignment.key()))
                .setConfig(assignment.config())
                .setDirectory(assignment.directory())
                .addAllInputs(assignment.inputs().stream().map(Values::write).toList());
        assignment.dataPlane().ifPresent(wire::setDataPlane);
        assignment.model().ifPresent(wire::setModel);
        write(assignment.work(), wire);
        return wire.build();
    }

    static Assignment read(Wire.Assignment assignment) {
        return new Assignment(
                Values.read(assignment.getKey()),
                assignment.getConfig(),
                assignment.getDirectory(),
                assignment.hasDataPlane() ? Optional.of(assignment.getDataPlane()) : Optional.empty(),
                assignment.hasModel() ? Optional.of(assignment.getModel()) : Optional.empty(),
                assignment.getInputsList().stream().map(Values::read).toList(),
                readWork(assignment));
    }

    private static void write(Work work, Wire.Assignment.Builder assignment) {
        if (work instanceof Work.Calibrate) {
            assignment.setCalibrate(Wire.Calibrate.getDefaultInstance());
        } else if (work instanceof Work.Train train) {
            assignment.setTrain(write(train));
        } else if (work instanceof Work.OneShot oneShot) {
            Wire.OneShot.Builder wire = Wire.OneShot.newBuilder();
            oneShot.calibration().map(Values::write).ifPresent(wire::setCalibration);
            assignment.setOneShot(wire);
        } else if (work instanceof Work.Compact compact) {
            Wire.Compact.Builder wire = Wire.Compact.newBuilder()
                    .setStudent(Values.write(compact.student()))
                    .setTarget(compact.target());
            compact.calibration().map(Values::write).ifPresent(wire::setCalibration);
            assignment.setCompact(wire);
        } else if (work instanceof Work.Merge merge) {
            assignment.setMerge(Wire.Merge.newBuilder()
                    .setStudent(Values.write(merge.student()))
                    .setModel(merge.model())
                    .setTarget(merge.target()));
        } else if (work instanceof Work.Export export) {
            Wire.Export.Builder wire = Wire.Export.newBuilder();
            export.student().map(Values::write).ifPresent(wire::setStudent);
            assignment.setExport(wire);
        } else if (work instanceof Work.Evaluate evaluate) {
            Wire.Evaluate.Builder wire = Wire.Evaluate.newBuilder();
            evaluate.model().ifPresent(wire::setModel);
            assignment.setEvaluate(wire);
        } else {
            throw new IllegalArgumentException("no wire form for " + work.getClass());
        }
    }

    private static Wire.Train write(Work.Train train) {
        Wire.Train.Builder wire = Wire.Train.newBuilder()
                .setFirstStep(train.firstStep())
                .setTotalSteps(train.totalSteps())
                .addAllTargets(train.targets())
                .setTeacher(Values.write(train.teacher()));
        train.student().map(Values::write).ifPresent(wire::setStudent);
        train.moments().map(Values::write).ifPresent(wire::setMoments);
        train.calibration().map(Values::write).ifPresent(wire::setCalibration);
        train.model().ifPresent(wire::setModel);
        return wire.build();
    }

    private static Work readWork(Wire.Assignment assignment) {
        return switch (assignment.getWorkCase()) {
            case CALIBRATE -> new Work.Calibrate();
            case TRAIN -> read(assignment.getTrain());
            case ONE_SHOT ->
                new Work.OneShot(Values.readIf(
                        assignment.getOneShot().hasCalibration(),
                        assignment.getOneShot().getCalibration()));
            case COMPACT ->
                new Work.Compact(
                        Values.read(assignment.getCompact().getStudent()),
                        Values.readIf(
                                assignment.getCompact().hasCalibration(),
                                assignment.getCompact().getCalibration()),
                        assignment.getCompact().getTarget());
            case MERGE ->
                new Work.Merge(
                        Values.read(assignment.getMerge().getStudent()),
                        assignment.getMerge().getModel(),
                        assignment.getMerge().getTarget());
            case EXPORT ->
                new Work.Export(Values.readIf(
                        assignment.getExport().hasStudent(),
                        assignment.getExport().getStudent()));
            case EVALUATE ->
                new Work.Evaluate(
                        assignment.getEvaluate().hasModel()
                                ? Optional.of(assignment.getEvaluate().getModel())
                                : Optional.empty());
            case WORK_NOT_SET -> throw new IllegalArgumentException("an assignment without work");
        };
    }

    private static Work.Train read(Wire.Train train) {
        return new Work.Train(
                train.hasModel() ? Optional.of(train.getModel()) : Optional.empty(),
                Values.readIf(train.hasStudent(), train.getStudent()),
                Values.readIf(train.hasMoments(), train.getMoments()),
                Values.readIf(train.hasCalibration(), train.getCalibration()),
                train.getFirstStep(),
                train.getTotalSteps(),
                train.getTargetsList(),
                Values.read(train.getTeacher()));
    }

    static Wire.WorkResult write(WorkResult result) {
        Wire.WorkResult.Builder wire = Wire.WorkResult.newBuilder()
                .setKey(Values.write(result.key()))
                .setExpectedSparsity(result.expectedSparsity())
                .setMeasurements(result.measurements());
        result.student().map(Values::write).ifPresent(wire::setStudent);
        result.artefacts().forEach(artefact -> wire.addArtefacts(Values.write(artefact)));
        return wire.build();
    }

    static WorkResult read(Wire.WorkResult result) {
        return new WorkResult(
                Values.read(result.getKey()),
                Values.readIf(result.hasStudent(), result.getStudent()),
                result.getExpectedSparsity(),
                result.getArtefactsList().stream().map(Values::read).toList(),
                result.getMeasurements());
    }
}
