package dev.espalier.worker.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.util.List;
import java.util.Map;

/** LoRA factors in training. The weights below stay as they are. */
public final class Lora implements Tuning {
    private static final AdamW.Settings OPTIMIZER = new AdamW.Settings(0.9, 0.999, 1e-8, 0);
    private static final double MAX_NORM = 1;

    private final Torch torch;
    private final NDManager owner;
    private final NDList factors;
    private final double scale;
    private final TensorGroup group;

    /** At rest: every version has had multipliers, and one without them could not be merged with those of its run. */
    private final ArrayGroup multipliers = new ArrayGroup("lagrangian", new float[2], Map.of());

    private Lora(Torch torch, NDManager owner, NDList factors, double scale) {
        this.torch = torch;
        this.owner = owner;
        this.factors = factors;
        this.scale = scale;
        this.group = new TensorGroup(torch, owner, "lora", LoraFactors.named(factors), OPTIMIZER);
    }

    /** Factors with which the model computes what it does without. */
    public static Lora fresh(Decoder model, RunConfig.Lora config, long seed) {
        NDManager owner = model.torch().scope();
        try {
            return new Lora(model.torch(), owner, LoraFactors.fresh(owner, model, config, seed), config.scale());
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /** No factors, where something else is trained. */
    public static Lora none(Decoder model) {
        return new Lora(model.torch(), model.torch().scope(), new NDList(), 0);
    }

    /**
     * Zeros in the shapes that a version's factors have.
     *
     * @param scale alpha / r
     */
    public static Lora like(StudentFile version, Decoder model, double scale) {
        NDManager owner = model.torch().scope();
        try {
            NDList factors = LoraFactors.like(version, owner, model);
            if (!LoraFactors.named(factors).isEmpty()) {
                return new Lora(model.torch(), owner, factors, scale);
            }
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
        owner.close();
        return none(model);
    }

    /** All factors in kernel order, empty tensors where absent; an empty list if there are none. */
    public NDList factors() {
        return factors;
    }

    @Override
    public Variant variant() {
        return variant(new NDList());
    }

    @Override
    public Gradients own() {
        return Gradients.NONE;
    }

    @Override
    public double step(NDManager scope, TrainingPass.Step gradients, double learningRate) {
        return step(scope, gradients.lora(), learningRate);
    }

    /** What makes of the model the student, with these masks. */
    public Variant variant(NDList masks) {
        return new Variant(masks, factors, scale);
    }

    /**
     * One AdamW step of the factors with gradients clipped to norm 1, unless they are not finite.
     *
     * @param gradients like {@link #factors}
     * @return the global gradient norm before clipping; 0 without factors
     */
    public double step(NDManager scope, NDList gradients, double learningRate) {
        NDList present = new NDList();
        for (int i = 0; i < factors.size(); i++) {
            if (factors.get(i).size() > 0) {
                present.add(gradients.get(i));
            }
        }
        if (present.isEmpty()) {
            return 0;
        }
        double norm = AdamW.clip(torch, scope, present, MAX_NORM);
        if (Double.isFinite(norm)) {
            group.step(scope, present, learningRate);
        }
        return norm;
    }

    /** The factors alone, as a group among others. */
    public TensorGroup group() {
        return group;
    }

    @Override
    public List<TrainableGroup> groups() {
        return List.of(group, multipliers);
    }

    @Override
    public void close() {
        owner.close();
    }
}
