package dev.espalier.worker.work;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import java.io.IOException;

/** What a worker does in one leg of a stage, on the thread that owns the device. */
@FunctionalInterface
public interface LegWork extends AutoCloseable {
    /**
     * Does an assignment of the leg.
     *
     * @throws dev.espalier.protocol.UserError if the input is wrong, so that another try cannot help
     * @throws Reporter.Cancelled if the reporter said so
     * @throws IOException if a file could not be written or read
     */
    WorkResult run(Assignment assignment, Reporter reporter) throws IOException;

    /** Gives back what it holds on the device. */
    @Override
    default void close() {}

    /** Opens the work of a leg. It is kept until work of another leg, over another model or of another run comes. */
    @FunctionalInterface
    interface Opener {
        /** @param first the assignment that it is opened for */
        LegWork open(Bench bench, Assignment first) throws IOException;
    }
}
