package dev.espalier.worker.work;

import dev.espalier.protocol.StepMetrics;

/**
 * Where work tells how far it is. Either call may throw {@link Cancelled}, which is how work in flight is stopped
 * between steps.
 */
public interface Reporter {
    void stepped(StepMetrics metrics);

    /** {@code done} of {@code total} of what {@code what} says. */
    void progressed(long done, long total, String what);

    /** The assignment was taken back; nothing was merged of it. */
    final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Cancelled() {
            super("cancelled");
        }
    }
}
