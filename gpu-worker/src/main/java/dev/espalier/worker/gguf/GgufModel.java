package dev.espalier.worker.gguf;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Rope;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.layout.PlacedLayer;
import dev.espalier.worker.layout.PlacedTensor;
import dev.espalier.worker.layout.Placement;
import dev.espalier.worker.model.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** A model's hyperparameters and tensors by the names that llama.cpp gives them. */
record GgufModel(LlamaConfig config, GgufLayout layout) {
    static final String ROPE_FACTORS = "rope_freqs.weight";

    private static final Map<Slot, String> NAMES = Map.ofEntries(
            Map.entry(Slot.NORM1, "attn_norm.weight"),
            Map.entry(Slot.Q, "attn_q.weight"),
            Map.entry(Slot.K, "attn_k.weight"),
            Map.entry(Slot.V, "attn_v.weight"),
            Map.entry(Slot.O, "attn_output.weight"),
            Map.entry(Slot.NORM2, "ffn_norm.weight"),
            Map.entry(Slot.GATE, "ffn_gate.weight"),
            Map.entry(Slot.UP, "ffn_up.weight"),
            Map.entry(Slot.DOWN, "ffn_down.weight"),
            Map.entry(Slot.Q_BIAS, "attn_q.bias"),
            Map.entry(Slot.K_BIAS, "attn_k.bias"),
            Map.entry(Slot.V_BIAS, "attn_v.bias"),
            Map.entry(Slot.O_BIAS, "attn_output.bias"));

    void describe(GgufMetadata metadata) {
        put(metadata, "vocab_size", config.vocabularySize());
        // these architectures of llama.cpp's know no windows
        put(metadata, "context_length", config.ordinaryPositions());
        put(metadata, "embedding_length", config.hiddenSize());
        put(metadata, "block_count", layout.layers().size());
        perLayer(metadata, "feed_forward_length", LayerShape::intermediate);
        perLayer(metadata, "attention.head_count", LayerShape::queryHeads);
        perLayer(metadata, "attention.head_count_kv", LayerShape::kvHeads);
        metadata.put(key("attention.layer_norm_rms_epsilon"), config.normEps());
        put(metadata, "attention.key_length", config.headDim());
        put(metadata, "attention.value_length", config.headDim());
        put(metadata, "rope.dimension_count", config.headDim());
        metadata.put(key("rope.freq_base"), config.rope().theta());
        if (config.rope().kind() == Rope.Kind.LINEAR) {
            metadata.put(key("rope.scaling.type"), "linear");
            metadata.put(key("rope.scaling.factor"), config.rope().factor());
        }
    }

    private void perLayer(GgufMetadata metadata, String name, ToIntFunction<LayerShape> count) {
        List<Integer> counts = layout.layers().stream()
                .map(Placement::shape)
                .map(count::applyAsInt)
                .toList();
        if (layout.isRagged()) {
            metadata.ints(key(name), counts);
        } else {
            put(metadata, name, counts.get(0));
        }
    }

    private void put(GgufMetadata metadata, String name, int value) {
        metadata.put(key(name), value);
    }

    private String key(String name) {
        return layout.architecture() + "." + name;
    }

    /** Those that are read from the folder, in the order in which they are written. */
    List<PlacedTensor> tensors() {
        List<PlacedTensor> tensors = new ArrayList<>();
        int rows = config.vocabularySize();
        int hidden = config.hiddenSize();
        tensors.add(PlacedTensor.matrix("token_embd.weight", WeightShapes.EMBEDDING, rows, hidden));
        tensors.add(PlacedTensor.vector("output_norm.weight", WeightShapes.FINAL_NORM, hidden));
        if (!config.tiedEmbeddings()) {
            tensors.add(PlacedTensor.matrix("output.weight", WeightShapes.HEAD, rows, hidden));
        }
        for (int i = 0; i < layout.layers().size(); i++) {
            String prefix = "blk." + i + ".";
            tensors.addAll(new PlacedLayer(config, layout.layers().get(i), layout.interleaved())
                    .tensors(slot -> prefix + NAMES.get(slot)));
        }
        return tensors;
    }

    /** What llama.cpp divides each frequency by [headDim/2], where one number does not tell. */
    Optional<float[]> ropeFactors() {
        if (config.rope().kind() != Rope.Kind.LLAMA3) {
            return Optional.empty();
        }
        double[] scaled = config.rope().inverseFrequencies(config.headDim());
        float[] factors = new float[scaled.length];
        for (int j = 0; j < factors.length; j++) {
            factors[j] = (float) (Math.pow(config.rope().theta(), -2.0 * j / config.headDim()) / scaled[j]);
        }
        return Optional.of(factors);
    }
}
