package dev.espalier.protocol;

import java.util.List;
import java.util.Optional;

/** What an assignment asks for. Workers carry no policy: everything that varies during a run stands here. */
public sealed interface Work {

    /**
     * One pass over calibration text: second moments and removal costs of heads and FFN channels. The result names
     * the accumulators as its one artefact below {@code blobs/}.
     */
    record Calibrate() implements Work {}

    /**
     * Training steps {@code firstStep .. firstStep + targets.size() - 1} of the stage in the key.
     *
     * @param model folder of the smaller model that is trained, relative to the run folder; empty: the intact one,
     *     under gates
     * @param student the student version to go on from; empty: start a fresh one
     * @param totalSteps the step at which the training of this model ends
     * @param moments the student version whose optimizer moments to go on with, if they are not those of
     *     {@code student}: what a merge of several students left has none
     * @param calibration the calibrate stage's accumulators, if there are any
     * @param targets the expected sparsity wanted at each step of the slice (zeros in the recover stage)
     * @param teacher the variant to distil from in every step of the slice
     */
    record Train(
            Optional<String> model,
            Optional<BlobRef> student,
            Optional<BlobRef> moments,
            Optional<BlobRef> calibration,
            int firstStep,
            int totalSteps,
            List<Double> targets,
            Teacher teacher)
            implements Work {}

    /** Choose the masks in one shot, without training, by the configured metric. */
    record OneShot(Optional<BlobRef> calibration) implements Work {}

    /**
     * Fix the masks to the exact budget, re-fit down_proj and o_proj, and write the physically smaller model.
     *
     * @param student the trained student; its sparsity is projected onto the target
     * @param calibration the calibrate stage's accumulators, if there are any
     * @param target the new model's folder, relative to the run folder
     */
    record Compact(BlobRef student, Optional<BlobRef> calibration, String target) implements Work {}

    /**
     * Merge what was trained over a smaller model into it.
     *
     * @param student whose factors are merged
     * @param model folder of the smaller model, relative to the run folder; @param target the new one's
     */
    record Merge(BlobRef student, String model, String target) implements Work {}

    /** Merge the recovered student into the smaller model, write {@code export/}, reload it and compare logits. */
    record Export(Optional<BlobRef> student) implements Work {}

    /** Measure the model in {@code model} by the configured protocol; an empty path is the intact model. */
    record Evaluate(Optional<String> model) implements Work {}
}
