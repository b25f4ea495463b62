package dev.espalier.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What a worker returns for an assignment.
 *
 * @param key the assignment's key, attempt included
 * @param student the student version after the work (trainables and optimizer state); empty where there is none
 * @param expectedSparsity of that student, 0..1; NaN where there is none
 * @param artefacts files the work left in the run folder
 * @param measurements one JSON document: what was measured (an evaluation as {@code espalier evaluate --json} prints
 *     it, parameter counts, the kept structures); {@code "{}"} if nothing
 * @param delta whether the student is what training changed of the version that it started from, and no version itself
 */
public record WorkResult(
        AssignmentKey key,
        Optional<BlobRef> student,
        double expectedSparsity,
        List<Artefact> artefacts,
        String measurements,
        boolean delta) {

    /** A result whose student, if there is one, is a whole version. */
    public WorkResult(
            AssignmentKey key,
            Optional<BlobRef> student,
            double expectedSparsity,
            List<Artefact> artefacts,
            String measurements) {
        this(key, student, expectedSparsity, artefacts, measurements, false);
    }
}
