package dev.espalier.worker.training;

import java.util.List;
import java.util.Map;

/** Tensors that training changes, and the optimizer that they share, whose state goes with them. */
public sealed interface TrainableGroup permits TensorGroup, ArrayGroup {
    /** Under which a student's file counts the optimizer's steps. */
    String name();

    /** In the file's order; none if there is nothing to train. */
    List<Trainable> trainables();

    /** Steps that the optimizer has taken. */
    long steps();

    /** Continues a saved optimizer, whose moments the caller writes. */
    void restoreSteps(long taken);

    /** What the file says of the group besides, which all versions of a student share. */
    Map<String, String> settings();

    /**
     * A tensor with its optimizer's moments, all of one shape.
     *
     * @param name in the file, unlike all others of a student
     */
    record Trainable(String name, Numbers value, Numbers first, Numbers second) {}
}
