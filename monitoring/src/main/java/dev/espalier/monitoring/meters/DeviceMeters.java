package dev.espalier.monitoring.meters;

import java.time.Duration;

/** What a worker's device does. */
public final class DeviceMeters {
    /** The parts of a training step; what is missing to the whole is data and gates. */
    public enum Phase {
        /** The teacher's forward pass. */
        TEACHER,
        /** The student's forward pass. */
        STUDENT,
        /** Loss and backward pass. */
        BACKWARD,
        /** Updates of LoRA factors, mask logits and multipliers. */
        OPTIMIZER
    }

    /** How work on an assignment ended. */
    public enum End {
        DONE,
        FAILED,
        CANCELLED
    }

    private final Meters meters;

    public DeviceMeters(Meters meters) {
        this.meters = meters;
        meters.set(Measure.WORKER_BUSY, 0);
    }

    /** Work on an assignment begins. */
    public void begin() {
        meters.set(Measure.WORKER_BUSY, 1);
    }

    public void end(String run, String stage, End end, Duration took) {
        meters.set(Measure.WORKER_BUSY, 0);
        meters.timer(Measure.WORK_TIME, run, stage, Label.value(end)).record(took);
    }

    public void phase(String run, String stage, Phase phase, Duration took) {
        meters.timer(Measure.PHASE_TIME, run, stage, Label.value(phase)).record(took);
    }

    /** The model turned from teacher into student. */
    public void roleSwapped(String run, Duration took) {
        meters.timer(Measure.ROLE_SWAP, run).record(took);
    }

    /** @param count native arrays alive; @param bytes of them all */
    public void tensors(long count, long bytes) {
        meters.set(Measure.TENSORS, count);
        meters.set(Measure.TENSOR_BYTES, bytes);
    }
}
