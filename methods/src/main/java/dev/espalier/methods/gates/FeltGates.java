package dev.espalier.methods.gates;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.PrunableShape;

/** Whether a loss feels the gates that are to be learnt by its gradients (docs/families.md). */
public final class FeltGates {
    private FeltGates() {}

    /**
     * @param shape what has gates
     * @throws UserError for gates of whole layers or sub-blocks where a norm divides by them again
     */
    public static void require(LlamaConfig model, PrunableShape shape) {
        boolean depth = shape.masks(Granularity.LAYERS) || shape.masks(Granularity.BLOCKS);
        if (depth && model.architecture().normsOutputs()) {
            throw new UserError("prune.granularity cannot have layers or blocks for gates that are learnt: "
                    + model.family().modelType() + " norms what a sub-block gives, so that the loss does not feel its"
                    + " gate. Take them out, or use prune.method = layers or policy-gradient.");
        }
    }
}
