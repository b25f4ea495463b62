package dev.espalier.worker.training;

import java.util.List;

/**
 * A student: what training changes, as named groups of tensors that each have their optimizer. Whatever the groups are,
 * one file holds them ({@link StudentFile}), and versions of it are merged alike.
 */
public interface Trainables extends AutoCloseable {
    /** In the file's order, which is always the same. */
    List<TrainableGroup> groups();

    /** Frees what is the student's own. */
    @Override
    void close();
}
