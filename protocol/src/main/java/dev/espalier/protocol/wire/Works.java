package dev.espalier.protocol.wire;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Assignments and their results. */
final class Works {
    private Works() {}

    static Wire.Assignment write(Assignment assignment) {
        Wire.Assignment.Builder wire = Wire.Assignment.newBuilder()
                .setKey(Values.write(assignment.key()))
                .setConfig(assignment.config())
                .setDirectory(assignment.directory())
                .addAllInputs(assignment.inputs().stream().map(Values::write).toList())
                .setWork(write(assignment.work()));
        assignment.dataPlane().ifPresent(wire::setDataPlane);
        assignment.model().ifPresent(wire::setModel);
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
                read(assignment.getWork()));
    }

    private static Wire.Work write(Work work) {
        Wire.Work.Builder wire = Wire.Work.newBuilder()
                .setKind(kind(work.kind()))
                .setLeg(work.leg())
                .setSlice(write(work.slice()))
                .setUntil(work.until())
                .setReads(write(work.reads()))
                .setOrder(work.order());
        work.writes().ifPresent(wire::setWrites);
        return wire.build();
    }

    private static Work read(Wire.Work work) {
        return new Work(
                kind(work.getKind()),
                work.getLeg(),
                read(work.getSlice()),
                work.getUntil(),
                read(work.getReads()),
                work.hasWrites() ? Optional.of(work.getWrites()) : Optional.empty(),
                work.getOrder());
    }

    private static Wire.WorkKind kind(Work.Kind kind) {
        return switch (kind) {
            case TRAIN -> Wire.WorkKind.WORK_TRAIN;
            case SAMPLE -> Wire.WorkKind.WORK_SAMPLE;
            case BUILD -> Wire.WorkKind.WORK_BUILD;
            case MEASURE -> Wire.WorkKind.WORK_MEASURE;
        };
    }

    private static Work.Kind kind(Wire.WorkKind kind) {
        return switch (kind) {
            case WORK_TRAIN -> Work.Kind.TRAIN;
            case WORK_SAMPLE -> Work.Kind.SAMPLE;
            case WORK_BUILD -> Work.Kind.BUILD;
            case WORK_MEASURE -> Work.Kind.MEASURE;
            case WORK_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("an assignment without work");
        };
    }

    private static Wire.Slice write(Slice slice) {
        Wire.Slice.Builder wire = Wire.Slice.newBuilder()
                .setFirstStep(slice.firstStep())
                .setSteps(slice.steps())
                .setLane(slice.lane())
                .setBase(slice.base());
        Values.write(slice.data()).ifPresent(wire::setData);
        return wire.build();
    }

    private static Slice read(Wire.Slice slice) {
        return new Slice(
                slice.getFirstStep(), slice.getSteps(), slice.getLane(), slice.getBase(), Values.read(slice.getData()));
    }

    private static Wire.Reads write(Work.Reads reads) {
        Wire.Reads.Builder wire = Wire.Reads.newBuilder();
        reads.version().map(Values::write).ifPresent(wire::setVersion);
        reads.moments().map(Values::write).ifPresent(wire::setMoments);
        new TreeMap<>(reads.blobs())
                .forEach((name, blob) ->
                        wire.addBlobs(Wire.NamedBlob.newBuilder().setName(name).setBlob(Values.write(blob))));
        reads.model().ifPresent(wire::setModel);
        reads.base().ifPresent(wire::setBase);
        return wire.build();
    }

    private static Work.Reads read(Wire.Reads reads) {
        Map<String, BlobRef> blobs = new TreeMap<>();
        reads.getBlobsList().forEach(named -> blobs.put(named.getName(), Values.read(named.getBlob())));
        return new Work.Reads(
                Values.readIf(reads.hasVersion(), reads.getVersion()),
                Values.readIf(reads.hasMoments(), reads.getMoments()),
                blobs,
                reads.hasModel() ? Optional.of(reads.getModel()) : Optional.empty(),
                reads.hasBase() ? Optional.of(reads.getBase()) : Optional.empty());
    }

    static Wire.WorkResult write(WorkResult result) {
        Wire.WorkResult.Builder wire = Wire.WorkResult.newBuilder()
                .setKey(Values.write(result.key()))
                .setExpectedSparsity(result.expectedSparsity())
                .setMeasurements(result.measurements())
                .setDelta(result.delta());
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
                result.getMeasurements(),
                result.getDelta());
    }
}
