package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A LLaMA with random weights: N(0, 0.02^2), the writers of the residual stream (o, down) divided by sqrt(2 L) as in
 * GPT-2, norms at 1.
 */
public final class NewModel {
    private static final double DEVIATION = 0.02;

    private NewModel() {}

    /** @param vocabulary rows of the embedding; @param endOfText id of the token between documents */
    public static LlamaConfig config(PretrainConfig.Shape shape, int vocabulary, int endOfText) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", "llama");
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("hidden_size", shape.hidden());
        json.put("intermediate_size", shape.intermediate());
        json.put("num_hidden_layers", shape.layers());
        json.put("num_attention_heads", shape.heads());
        json.put("num_key_value_heads", shape.kvHeads());
        json.put("head_dim", shape.headDim());
        json.put("vocab_size", vocabulary);
        json.put("max_position_embeddings", shape.maxPositions());
        json.put("rope_theta", shape.ropeTheta());
        json.put("rms_norm_eps", shape.normEps());
        json.put("tie_word_embeddings", shape.tieEmbeddings());
        json.put("hidden_act", "silu");
        json.put("bos_token_id", endOfText);
        json.put("eos_token_id", endOfText);
        return LlamaConfig.parse(json, "model");
    }

    /** Tensors as {@link Decoder#of} takes them: embedding, norm, head, then each layer's. */
    public static NDList weights(Torch torch, NDManager owner, LlamaConfig config, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, long[]> shapes = WeightShapes.of(config);
        NDArray embedding = random(torch, owner, random, shapes.get(WeightShapes.EMBEDDING), DEVIATION);
        NDArray head = config.tiedEmbeddings()
                ? embedding
                : random(torch, owner, random, shapes.get(WeightShapes.HEAD), DEVIATION);
        NDList tensors = new NDList(embedding, ones(torch, owner, config.hiddenSize()), head);
        double writers = DEVIATION / Math.sqrt(2.0 * config.layers().size());
        for (int layer = 0; layer < config.layers().size(); layer++) {
            for (Slot slot : Slot.values()) {
                long[] shape = slot.isStored() ? shapes.get(slot.nameIn(layer)) : null;
                if (shape == null) {
                    tensors.add(LayerTensors.unstored(torch, owner, config, layer, slot));
                } else if (shape.length == 1) {
                    tensors.add(ones(torch, owner, shape[0]));
                } else {
                    double deviation = Slot.WRITERS.contains(slot) ? writers : DEVIATION;
                    tensors.add(random(torch, owner, random, shape, deviation));
                }
            }
        }
        return tensors;
    }

    private static NDArray ones(Torch torch, NDManager owner, long size) {
        float[] ones = new float[(int) size];
        Arrays.fill(ones, 1);
        return torch.floats(owner, ones, size);
    }

    private static NDArray random(
            Torch torch, NDManager owner, SplittableRandom random, long[] shape, double deviation) {
        // Into memory outside of the heap, which would otherwise have to hold the embedding once more.
        return torch.floats(owner, shape, buffer -> {
            while (buffer.hasRemaining()) {
                buffer.put((float) (random.nextGaussian() * deviation));
            }
        });
    }
}
