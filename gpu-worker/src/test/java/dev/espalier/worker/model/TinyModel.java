package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.torch.Torch;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Random models of a few thousand parameters, in any shape that the kernels take. */
public final class TinyModel {
    private TinyModel() {}

    /** @param more fields of config.json that replace or follow the usual ones */
    public static LlamaConfig config(Map<String, Object> more) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("model_type", "llama")
                .put("vocab_size", 19)
                .put("hidden_size", 12)
                .put("num_hidden_layers", 2)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 2)
                .put("head_dim", 4)
                .put("intermediate_size", 10)
                .put("max_position_embeddings", 64)
                .put("eos_token_id", 0);
        more.forEach((name, value) -> json.set(name, mapper.valueToTree(value)));
        return LlamaConfig.parse(json, "tiny");
    }

    /** The same model with layers of these shapes. */
    public static LlamaConfig ragged(LlamaConfig config, LayerShape... layers) {
        ObjectNode json = config.original().put("num_hidden_layers", layers.length);
        return LlamaConfig.parse(json, "tiny").withShapes(config.hiddenSize(), List.of(layers));
    }

    /** Weights that neither vanish nor explode, norms near 1, biases that matter. */
    public static Decoder random(Torch torch, LlamaConfig config, boolean recompute, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NDManager owner = torch.scope();
        Map<String, long[]> shapes = WeightShapes.of(config);
        NDArray embedding = tensor(torch, owner, random, WeightShapes.EMBEDDING, shapes);
        NDArray norm = tensor(torch, owner, random, WeightShapes.FINAL_NORM, shapes);
        NDArray head = config.tiedEmbeddings() ? embedding : tensor(torch, owner, random, WeightShapes.HEAD, shapes);
        NDList tensors = new NDList(embedding, norm, head);
        for (int layer = 0; layer < config.layers().size(); layer++) {
            for (Slot slot : Slot.values()) {
                String name = slot.isStored() ? slot.nameIn(layer) : "";
                tensors.add(
                        shapes.containsKey(name)
                                ? tensor(torch, owner, random, name, shapes)
                                : LayerTensors.unstored(torch, owner, config, layer, slot));
            }
        }
        return Decoder.of(torch, owner, config, tensors, 64, recompute);
    }

    private static NDArray tensor(
            Torch torch, NDManager owner, SplittableRandom random, String name, Map<String, long[]> shapes) {
        long[] shape = shapes.get(name);
        double deviation = shape.length == 2 ? 1 / Math.sqrt(Math.max(1, shape[1])) : 0.2;
        double mean = name.endsWith("norm.weight") ? 1 : 0;
        return floats(torch, owner, random, mean, name.equals(WeightShapes.EMBEDDING) ? 1 : deviation, shape);
    }

    /** Normal numbers. */
    public static NDArray floats(
            Torch torch, NDManager owner, SplittableRandom random, double mean, double deviation, long... shape) {
        int size = 1;
        for (long dimension : shape) {
            size *= (int) dimension;
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return torch.floats(owner, values, shape);
    }

    /** Factors of every projection, B not zero. */
    public static NDList lora(Torch torch, NDManager owner, Decoder model, int rank, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NDList factors = new NDList();
        for (int layer = 0; layer < model.config().layers().size(); layer++) {
            for (Slot slot : Slot.PROJECTIONS) {
                NDArray weight = model.weights().get(slot.at(layer));
                long out = weight.getShape().get(0);
                long in = weight.getShape().get(1);
                if (weight.size() == 0) {
                    factors.add(torch.empty(owner));
                    factors.add(torch.empty(owner));
                    continue;
                }
                factors.add(floats(torch, owner, random, 0, 0.5, rank, in));
                factors.add(floats(torch, owner, random, 0, 0.2, out, rank));
            }
        }
        return factors;
    }

    /** Soft masks with some exact zeros, one value a query head. */
    public static NDList masks(Torch torch, NDManager owner, LlamaConfig config, boolean hidden, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NDList masks = new NDList(mask(torch, owner, random, hidden ? config.hiddenSize() : 0));
        for (LayerShape layer : config.layers()) {
            masks.add(mask(torch, owner, random, layer.queryHeads()));
            masks.add(mask(torch, owner, random, layer.intermediate()));
        }
        return masks;
    }

    private static NDArray mask(Torch torch, NDManager owner, SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = i % 5 == 3 ? 0 : (float) random.nextDouble(0.3, 1);
        }
        return torch.floats(owner, values, size);
    }

    /** [count][length] token ids. */
    public static int[][] tokens(LlamaConfig config, int count, int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[][] rows = new int[count][length];
        for (int[] row : rows) {
            for (int i = 0; i < length; i++) {
                row[i] = random.nextInt(config.vocabularySize());
            }
        }
        return rows;
    }
}
