package dev.espalier.cli.plan;

import java.util.List;

/**
 * What a stage of the probe took.
 *
 * @param seconds from its start to its end
 * @param steps seconds of each step by its place in the stage, and what passed besides before it was told
 * @param merging seconds between two slices of the same training; 0 if there was no such pause
 * @param counted its work that is not training, piece by piece
 * @param hostBytes most memory of this process
 * @param deviceBytes most memory of the GPU; 0 without one
 * @param diskBytes most that lay in the run folder
 */
record Observed(
        double seconds,
        List<Step> steps,
        double merging,
        List<Counted> counted,
        long hostBytes,
        long deviceBytes,
        long diskBytes) {
    /** @param besides seconds, such as those of validation */
    record Step(int at, double seconds, double besides) {}

    /**
     * Work that is counted, such as windows of a file.
     *
     * @param unit seconds for one of them
     */
    record Counted(String what, long total, double unit) {}

    /** Seconds that do not depend on how much there is to do. */
    double once() {
        double stepping = steps.stream()
                .mapToDouble(step -> step.seconds() + step.besides())
                .sum();
        double counting =
                counted.stream().mapToDouble(work -> work.total() * work.unit()).sum();
        return Math.max(0, seconds - stepping - counting);
    }
}
