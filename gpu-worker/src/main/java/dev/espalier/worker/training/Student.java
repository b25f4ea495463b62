package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.masks.Lagrangian;
import dev.espalier.worker.masks.MaskLogits;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.util.Optional;

/**
 * What training changes: LoRA factors, mask logits and multipliers, each with its optimizer. The weights below stay as
 * they are.
 */
public final class Student implements AutoCloseable {
    private static final AdamW.Settings LORA_OPTIMIZER = new AdamW.Settings(0.9, 0.999, 1e-8, 0);
    private static final double MAX_NORM = 1;

    private final NDManager owner;
    private final NDList lora;
    private final double scale;
    private final AdamW optimizer;
    private final Optional<MaskLogits> masks;
    private final Lagrangian lagrangian;

    /**
     * @param owner owns the factors and goes with this student
     * @param lora factors in kernel order, empty tensors where absent; an empty list if only masks are trained
     * @param scale alpha / r
     * @param masks empty after the masks are fixed
     */
    Student(
            Decoder model,
            NDManager owner,
            NDList lora,
            double scale,
            Optional<MaskLogits> masks,
            Lagrangian lagrangian) {
        this.owner = owner;
        this.lora = lora;
        this.scale = scale;
        this.masks = masks;
        this.lagrangian = lagrangian;
        NDList present = new NDList(LoraFactors.named(lora).values());
        this.optimizer = new AdamW(model.torch(), owner, present, LORA_OPTIMIZER);
    }

    /** A student that computes what the intact model does: fresh factors, masks at the given logits. */
    public static Student fresh(Decoder model, NDManager owner, NDList lora, double scale, Optional<MaskLogits> masks) {
        return new Student(model, owner, lora, scale, masks, Lagrangian.start());
    }

    /** All factors in kernel order, for {@code Variant.lora}. */
    public NDList lora() {
        return lora;
    }

    public double scale() {
        return scale;
    }

    public AdamW optimizer() {
        return optimizer;
    }

    public Optional<MaskLogits> masks() {
        return masks;
    }

    public Lagrangian lagrangian() {
        return lagrangian;
    }

    /**
     * One AdamW step of the factors with gradients clipped to norm 1, unless they are not finite.
     *
     * @return the global gradient norm before clipping; 0 without factors
     */
    public double step(NDManager scope, NDList loraGradients, double learningRate) {
        NDList present = new NDList();
        for (int i = 0; i < lora.size(); i++) {
            if (lora.get(i).size() > 0) {
                present.add(loraGradients.get(i));
            }
        }
        if (present.isEmpty()) {
            return 0;
        }
        double norm = AdamW.clip(optimizer.torch(), scope, present, MAX_NORM);
        if (Double.isFinite(norm)) {
            optimizer.step(scope, present, learningRate);
        }
        return norm;
    }

    static void copy(Torch torch, NDArray target, float[] values) {
        try (NDManager scope = torch.scope()) {
            torch.tensor(
                    scope,
                    "copy_into",
                    target,
                    torch.floats(scope, values, target.getShape().getShape()));
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
