package dev.espalier.worker.training;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import java.io.IOException;

/**
 * What is special of a leg's training: which student over which model, and what a step is.
 *
 * @param <S> kind of student
 */
public interface Trainer<S extends Trainables> extends AutoCloseable {
    /** What the student is laid over. */
    Decoder model();

    /** Sequences of training text that a step takes. */
    int batchSize();

    /** The training text of a step [batch][length]; none if the steps read something else. */
    default int[][] rows(Bench bench, Cursor at) {
        return bench.trainingRows(at, batchSize());
    }

    /** The student that the leg begins with. */
    S fresh(Work work) throws IOException;

    /** A student with the groups of a version, whose numbers are read after that. */
    S like(StudentFile version);

    /**
     * Makes ready for the steps of a slice.
     *
     * @param scope lives as long as they are taken
     */
    Steps<S> begin(NDManager scope, Work work) throws IOException;

    @Override
    default void close() {}

    /**
     * The steps of a slice.
     *
     * @param <S> kind of student
     */
    interface Steps<S extends Trainables> {
        /**
         * Takes one; one whose loss or gradient is not finite changes nothing.
         *
         * @param step of the stage
         * @param rows as {@link Trainer#rows} gave them
         */
        StepMetrics step(S student, int step, int[][] rows);

        /**
         * The student as it is measured on validation text: without chance.
         *
         * @param scope owns what is made for it
         * @param last step's report
         */
        Variant shown(NDManager scope, S student, StepMetrics last);
    }
}
