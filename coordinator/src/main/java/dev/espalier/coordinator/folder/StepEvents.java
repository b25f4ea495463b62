package dev.espalier.coordinator.folder;

import com.google.protobuf.ByteString;
import dev.espalier.coordinator.tensorboard.EventWire.Event;
import dev.espalier.coordinator.tensorboard.EventWire.SessionLog;
import dev.espalier.coordinator.tensorboard.EventWire.Summary;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.StepMetrics;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What is written to an event file for each line of {@code metrics.jsonl}: nothing but the lines decides it. Tags are
 * {@code stage/value}. The axis counts the lines of a stage: with one worker that is the step's own number; several tell
 * of their steps interleaved, and TensorBoard drops what it has of a tag when it comes upon a smaller step of it.
 */
final class StepEvents {
    private static final String VERSION = "brain.Event:2";

    private final Map<String, Long> told = new HashMap<>();

    /** The records of the next line; of the first, with the file's head before it. */
    byte[] next(StepLine line) {
        byte[] step = EventRecord.of(at(line.time())
                .setStep(told.merge(line.step().stage().word(), 1L, Long::sum) - 1)
                .setSummary(values(line.step()))
                .build());
        return first() ? head(line.time()).concat(ByteString.copyFrom(step)).toByteArray() : step;
    }

    private boolean first() {
        return told.values().stream().mapToLong(Long::longValue).sum() == 1;
    }

    /** Version, and the word for readers that have another file of this run open: forget it, all is told anew. */
    private static ByteString head(Instant time) {
        byte[] version = EventRecord.of(at(time).setFileVersion(VERSION).build());
        byte[] start =
                EventRecord.of(at(time).setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.Status.START))
                        .build());
        return ByteString.copyFrom(version).concat(ByteString.copyFrom(start));
    }

    private static Event.Builder at(Instant time) {
        return Event.newBuilder().setWallTime(time.getEpochSecond() + time.getNano() / 1e9);
    }

    private static Summary values(StepMetrics step) {
        Summary.Builder summary = Summary.newBuilder();
        String stage = step.stage().word();
        put(summary, stage, StepFields.TOKENS, step.tokens());
        put(summary, stage, StepFields.SECONDS, step.seconds());
        teacher(step.teacher()).ifPresent(sparsity -> put(summary, stage, StepFields.TEACHER, sparsity));
        step.values().forEach((name, value) -> put(summary, stage, name, value));
        return summary.build();
    }

    /** Its sparsity in per cent: none of the intact model. */
    private static OptionalDouble teacher(String word) {
        if (word.equals(StepMetrics.INTACT)) {
            return OptionalDouble.of(0);
        }
        return word.matches("\\d{1,3}") ? OptionalDouble.of(Integer.parseInt(word)) : OptionalDouble.empty();
    }

    /** As in metrics.jsonl, which has to give the same records: what is not finite is left out. */
    private static void put(Summary.Builder summary, String stage, String name, double value) {
        if (Double.isFinite(value)) {
            summary.addValue(
                    Summary.Value.newBuilder().setTag(stage + "/" + name).setSimpleValue((float) value));
        }
    }
}
