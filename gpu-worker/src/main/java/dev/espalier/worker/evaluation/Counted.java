package dev.espalier.worker.evaluation;

/** Told how far a measurement is. */
@FunctionalInterface
public interface Counted {
    void at(long done, long total);
}
