package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * LoRA factors of the configured projections: W_eff = W + (alpha / r) B A, A [r,in] uniform in +-1/sqrt(in), B [out,r]
 * zero at the start (docs/methods/nuteprune.md, LoRA).
 */
public final class LoraFactors {
    private LoraFactors() {}

    /** Fresh factors for every layer, in kernel order; absent ones are empty tensors. */
    public static NDList fresh(NDManager owner, Decoder model, RunConfig.Lora lora, long seed) {
        Torch torch = model.torch();
        SplittableRandom random = new SplittableRandom(seed);
        NDList factors = new NDList();
        int layers = model.config().layers().size();
        for (int layer = 0; layer < layers; layer++) {
            for (Slot slot : Slot.PROJECTIONS) {
                NDArray weight = model.weights().get(slot.at(layer));
                boolean present = lora.modules().contains(slot.word()) && weight.size() > 0;
                if (!present) {
                    factors.add(torch.empty(owner));
                    factors.add(torch.empty(owner));
                    continue;
                }
                int out = Math.toIntExact(weight.getShape().get(0));
                int in = Math.toIntExact(weight.getShape().get(1));
                factors.add(torch.floats(owner, uniform(random, lora.rank() * in, 1 / Math.sqrt(in)), lora.rank(), in));
                factors.add(torch.floats(owner, new float[out * lora.rank()], out, lora.rank()));
            }
        }
        return factors;
    }

    private static float[] uniform(SplittableRandom random, int size, double bound) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }

    /** Zeros in the shapes of a version's factors, in kernel order; those that it does not have are empty tensors. */
    static NDList like(StudentFile version, NDManager owner, Decoder model) {
        NDList factors = new NDList();
        for (int i = 0; i < count(model); i++) {
            factors.add(
                    version.has(name(i))
                            ? owner.zeros(new Shape(version.shape(name(i))), DataType.FLOAT32)
                            : model.torch().empty(owner));
        }
        return factors;
    }

    /** A version's factors without what trains them, as a teacher needs them: in kernel order. */
    public static NDList read(StudentFile version, NDManager owner, Decoder model) {
        NDList factors = like(version, owner, model);
        named(factors).forEach((name, factor) -> version.read(name, new Numbers.OnDevice(model.torch(), factor)));
        return factors;
    }

    /** The factors that are present, by name {@code lora.LAYER.PROJECTION.a} or {@code .b}. */
    static Map<String, NDArray> named(NDList factors) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        for (int i = 0; i < factors.size(); i++) {
            if (factors.get(i).size() > 0) {
                named.put(name(i), factors.get(i));
            }
        }
        return named;
    }

    /** Factors of all layers, two a projection. */
    private static int count(Decoder model) {
        return 2 * Slot.PROJECTIONS.size() * model.config().layers().size();
    }

    private static String name(int index) {
        int projections = Slot.PROJECTIONS.size();
        Slot slot = Slot.PROJECTIONS.get(index / 2 % projections);
        return "lora." + index / 2 / projections + "." + slot.word() + (index % 2 == 0 ? ".a" : ".b");
    }
}
