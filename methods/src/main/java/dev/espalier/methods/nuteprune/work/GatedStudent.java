package dev.espalier.methods.nuteprune.work;

import dev.espalier.methods.gates.Lagrangian;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.TrainableGroup;
import dev.espalier.worker.training.Trainables;
import java.util.List;

/**
 * What is trained under gates: LoRA factors, the masks' logits, and the multipliers of the penalty on sparsity.
 *
 * @param lora without factors where a re-fit would undo what they learn
 */
public record GatedStudent(Lora lora, MaskLogits masks, Lagrangian lagrangian) implements Trainables {

    /** With multipliers that have not moved. */
    public static GatedStudent fresh(Lora lora, MaskLogits masks) {
        return new GatedStudent(lora, masks, Lagrangian.start());
    }

    /**
     * The same groups as a version's, whose numbers are read after that.
     *
     * @param scale of the factors: alpha / r
     */
    public static GatedStudent like(StudentFile version, Decoder model, double scale) {
        MaskLogits masks = MaskLogits.like(version);
        return fresh(Lora.like(version, model, scale), masks);
    }

    @Override
    public List<TrainableGroup> groups() {
        return List.of(lora.group(), masks.group(), lagrangian.group());
    }

    @Override
    public void close() {
        lora.close();
    }
}
