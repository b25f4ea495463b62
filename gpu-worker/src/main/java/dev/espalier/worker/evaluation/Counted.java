package dev.espalier.worker.evaluation;

/** Told how far a measurement is, first that none of it is done. */
@FunctionalInterface
public interface Counted {
    void at(long done, long total);
}
