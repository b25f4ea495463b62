package dev.espalier.worker.training;

import dev.espalier.monitoring.meters.DeviceMeters;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Stage;
import java.time.Duration;

/**
 * Tells how long the parts of a training step take: each part lasts from the end of the one before. On a GPU, where
 * kernels run on after they are called, that is the time to launch them, and the part that first reads a result waits
 * for all before it.
 */
public final class StepClock {
    private final DeviceMeters meters;
    private final String run;
    private final Stage stage;
    private long last;

    public StepClock(DeviceMeters meters, String run, Stage stage) {
        this.meters = meters;
        this.run = run;
        this.stage = stage;
    }

    /** Nobody hears it. */
    public static StepClock silent() {
        return new StepClock(new DeviceMeters(Meters.none()), "", Stage.PRUNE);
    }

    /** Whose steps it times. */
    public Stage stage() {
        return stage;
    }

    /** What follows belongs to a part. */
    public void start() {
        last = System.nanoTime();
    }

    public void end(Phase phase) {
        meters.phase(run, stage.word(), phase, sinceLast());
    }

    /** The model has become the student. */
    public void swapped() {
        meters.roleSwapped(run, sinceLast());
    }

    /** The student's pass is over, of which its forward pass took so long. */
    public void endStudent(Duration forward) {
        meters.phase(run, stage.word(), Phase.STUDENT, forward);
        meters.phase(run, stage.word(), Phase.BACKWARD, sinceLast().minus(forward));
    }

    private Duration sinceLast() {
        long now = System.nanoTime();
        Duration passed = Duration.ofNanos(now - last);
        last = now;
        return passed;
    }
}
