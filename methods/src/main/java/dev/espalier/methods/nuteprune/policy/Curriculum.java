package dev.espalier.methods.nuteprune.policy;

import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which teacher the student learns from (NutePrune, section 3.3). An immutable value: {@link #record} returns the
 * curriculum after what it was told. Teachers are named by the sparsity threshold, in per cent, that the student had
 * just crossed when it was snapshot.
 */
public sealed interface Curriculum permits IntactCurriculum, FaithfulCurriculum, NumerousCurriculum {

    /**
     * The teacher of a step.
     *
     * @param remaining steps left, this one included
     * @return its threshold in per cent; empty for the intact model
     */
    OptionalInt teacher(int remaining);

    /**
     * Takes note of a student version.
     *
     * @param sparsity its expected sparsity, 0..1
     * @param remaining steps left when it was the newest
     */
    Curriculum record(double sparsity, int remaining);

    /** The thresholds that have a snapshot, in per cent, ascending. */
    List<Integer> recorded();

    /** Steps that were left when the teachers turned round from denser-than-the-student to ever denser. */
    OptionalInt turnedAt();

    /**
     * Whether a snapshot is of the version that a step started from, as in the original, or of the one it made, so
     * that coarse slices do not lag one slice more.
     */
    boolean recordsTheStart();

    /**
     * The curriculum of a run as far as it got.
     *
     * @param recorded thresholds that have a snapshot
     * @param turnedAt steps left when it turned round
     */
    static Curriculum of(RunConfig.Prune prune, List<Integer> recorded, OptionalInt turnedAt) {
        if (prune.curriculum().kind() == RunConfig.CurriculumKind.INTACT) {
            return new IntactCurriculum();
        }
        int gap = prune.curriculum().gap();
        int interval = prune.curriculum().interval();
        return prune.faithful()
                ? new FaithfulCurriculum(prune.sparsity(), interval, gap, recorded, turnedAt)
                : new NumerousCurriculum(
                        prune.from(),
                        prune.sparsity(),
                        interval,
                        gap,
                        prune.gatedSteps() - prune.schedule().warmupSteps(),
                        recorded,
                        turnedAt);
    }
}
