package dev.espalier.worker.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.LayerAttention;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;

/** The tensors of one layer. */
public final class LayerTensors {
    private LayerTensors() {}

    /** What of a layer's tensors no checkpoint has, or what this one does not have; empty where there is nothing to say. */
    public static NDArray unstored(Torch torch, NDManager owner, LlamaConfig config, int layer, Slot slot) {
        return switch (slot) {
            case KV_MAP -> kvMap(torch, owner, config.layers().get(layer));
            case TRAITS -> traits(torch, owner, config, layer);
            default -> torch.empty(owner);
        };
    }

    /** The key/value head of each query head [H]; empty if heads are spread evenly. */
    public static NDArray kvMap(Torch torch, NDManager owner, LayerShape shape) {
        if (shape.kvMap() == null) {
            return torch.empty(owner);
        }
        int[] map = shape.kvMap().stream().mapToInt(Integer::intValue).toArray();
        return torch.ints(owner, map, map.length);
    }

    /** What the kernels' README calls traits: on the CPU, where kernels read them without waiting for a GPU. */
    private static NDArray traits(Torch torch, NDManager owner, LlamaConfig config, int layer) {
        double[] traits = traits(config, layer);
        return Arrays.equals(traits, traits(1, 1, LayerAttention.Rotation.MAIN, 0, config.normEps(), false, 0))
                ? torch.empty(owner)
                : owner.newSubManager(Device.cpu()).create(traits);
    }

    private static double[] traits(LlamaConfig config, int layer) {
        Architecture architecture = config.architecture();
        LayerAttention attention = architecture.layers().get(layer);
        double usual = 1 / Math.sqrt(config.headDim());
        return traits(
                architecture.residualScale() / architecture.embeddingScale(),
                architecture.scoreScale() == 0 ? 1 : architecture.scoreScale() / usual,
                attention.rotation(),
                attention.window(),
                config.innerNormEps(),
                architecture.gelu(),
                architecture.scoreCap());
    }

    private static double[] traits(
            double residual,
            double score,
            LayerAttention.Rotation rotation,
            int window,
            double eps,
            boolean gelu,
            double cap) {
        return new double[] {residual, score, window, rotation.ordinal() - 1, eps, gelu ? 1 : 0, cap};
    }

    /** A layer's tensors by {@link Slot}, W + scale B A in place of W where there is LoRA. */
    public static NDList folded(NDManager scope, Decoder model, Variant variant, int layer) {
        NDList tensors = model.layer(scope, layer);
        if (variant.lora().isEmpty()) {
            return tensors;
        }
        int at = 2 * layer * Slot.PROJECTIONS.size();
        for (Slot slot : Slot.PROJECTIONS) {
            NDArray a = variant.lora().get(at++);
            NDArray b = variant.lora().get(at++);
            if (a.size() > 0) {
                slot.set(tensors, model.torch().tensor(scope, "folded", slot.of(tensors), a, b, variant.scale()));
            }
        }
        return tensors;
    }
}
