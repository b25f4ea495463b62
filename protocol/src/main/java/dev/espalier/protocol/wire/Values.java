package dev.espalier.protocol.wire;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.data.Cursor;
import java.util.Optional;

/** The small values that messages are made of. */
final class Values {
    private Values() {}

    static Wire.BlobRef write(BlobRef blob) {
        return Wire.BlobRef.newBuilder()
                .setSha256(blob.sha256())
                .setBytes(blob.bytes())
                .build();
    }

    static BlobRef read(Wire.BlobRef blob) {
        return new BlobRef(blob.getSha256(), blob.getBytes());
    }

    static Optional<BlobRef> readIf(boolean present, Wire.BlobRef blob) {
        return present ? Optional.of(read(blob)) : Optional.empty();
    }

    static Wire.Artefact write(Artefact artefact) {
        return Wire.Artefact.newBuilder()
                .setPath(artefact.path())
                .setSha256(artefact.sha256())
                .setBytes(artefact.bytes())
                .build();
    }

    static Artefact read(Wire.Artefact artefact) {
        return new Artefact(artefact.getPath(), artefact.getSha256(), artefact.getBytes());
    }

    static Wire.AssignmentKey write(AssignmentKey key) {
        return Wire.AssignmentKey.newBuilder()
                .setRun(key.run())
                .setStage(Stages.number(key.stage()))
                .setStageWord(Stages.word(key.stage()))
                .setSequence(key.sequence())
                .setAttempt(key.attempt())
                .build();
    }

    static AssignmentKey read(Wire.AssignmentKey key) {
        return new AssignmentKey(
                key.getRun(), Stages.read(key.getStage(), key.getStageWord()), key.getSequence(), key.getAttempt());
    }

    static Wire.Capabilities write(Capabilities capabilities) {
        return Wire.Capabilities.newBuilder()
                .setVersion(capabilities.version())
                .setDevice(capabilities.device())
                .setProcessors(capabilities.processors())
                .setMemoryBytes(capabilities.memoryBytes())
                .build();
    }

    static Capabilities read(Wire.Capabilities capabilities) {
        return new Capabilities(
                capabilities.getVersion(),
                capabilities.getDevice(),
                capabilities.getProcessors(),
                capabilities.getMemoryBytes());
    }

    static Wire.StepMetrics write(StepMetrics metrics) {
        Wire.StepMetrics.Builder wire = Wire.StepMetrics.newBuilder()
                .setStage(Stages.number(metrics.stage()))
                .setStageWord(Stages.word(metrics.stage()))
                .setStep(metrics.step())
                .setTokens(metrics.tokens())
                .setSeconds(metrics.seconds())
                .setTeacher(metrics.teacher())
                .putAllValues(metrics.values());
        metrics.kept().ifPresent(kept -> wire.setKept(write(kept)));
        return wire.build();
    }

    private static Wire.KeptShares write(KeptShares kept) {
        return Wire.KeptShares.newBuilder()
                .addAllHeads(kept.heads())
                .addAllFfn(kept.ffn())
                .setHidden(kept.hidden())
                .build();
    }

    static StepMetrics read(Wire.StepMetrics metrics) {
        return new StepMetrics(
                Stages.read(metrics.getStage(), metrics.getStageWord()),
                metrics.getStep(),
                metrics.getTokens(),
                metrics.getSeconds(),
                metrics.getTeacher(),
                metrics.getValuesMap(),
                metrics.hasKept() ? Optional.of(read(metrics.getKept())) : Optional.empty());
    }

    private static KeptShares read(Wire.KeptShares kept) {
        return new KeptShares(kept.getHeadsList(), kept.getFfnList(), kept.getHidden());
    }

    /** Nothing of a cursor that is none. */
    static Optional<Wire.Cursor> write(Cursor cursor) {
        return cursor.isNone()
                ? Optional.empty()
                : Optional.of(Wire.Cursor.newBuilder()
                        .addAllNext(cursor.next())
                        .addAllShares(cursor.shares())
                        .setTaken(cursor.taken())
                        .build());
    }

    static Cursor read(Wire.Cursor cursor) {
        return new Cursor(cursor.getNextList(), cursor.getSharesList(), cursor.getTaken());
    }
}
