package dev.espalier.cli.plan;

import java.util.List;
import java.util.Set;

/**
 * What a stage of the probe took.
 *
 * @param seconds from its start to its end
 * @param steps each by its place in the stage
 * @param counted its work that is not training, piece by piece
 * @param memory that its work took
 * @param walking the same of work that takes calibration text through the layers, and so more for more text
 * @param diskBytes most that lay in the run folder
 */
record Observed(
        double seconds, List<Step> steps, List<Counted> counted, Memory memory, Memory walking, long diskBytes) {
    /**
     * @param host most bytes of this process
     * @param device most bytes of the GPU; 0 without one
     */
    record Memory(long host, long device) {
        static final Memory NONE = new Memory(0, 0);

        Memory most(Memory other) {
            return new Memory(Math.max(host, other.host), Math.max(device, other.device));
        }

        /** With so many bytes more where the tensors are. */
        Memory with(long bytes) {
            return device > 0 ? new Memory(host, device + bytes) : new Memory(host > 0 ? host + bytes : 0, 0);
        }
    }

    /**
     * @param seconds that it tells itself
     * @param besides seconds since the one before was told, less its own: those of validation, for instance; 0 of the first
     *     of a training, before which the model was loaded
     * @param resumed whether the one before was of another slice, and the student was merged in between
     */
    record Step(int at, double seconds, double besides, boolean resumed) {}

    /**
     * Work that is counted, such as windows of a file.
     *
     * @param unit seconds for one of them
     * @see #alike
     */
    record Counted(String what, long total, double unit) {
        private static final Set<String> WALKS = Set.of("layers calibrated", "layers pruned");

        /** Whether calibration text goes through the layers for it. */
        boolean walks() {
            return WALKS.contains(what);
        }

        /** Whether each takes as long as the next. Questions do not: they come in the order of their length. */
        static boolean alike(String what) {
            return !what.startsWith("choices of ");
        }
    }

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
