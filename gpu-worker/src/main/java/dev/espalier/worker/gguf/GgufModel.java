package dev.espalier.worker.gguf;

import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.Architecture.QueryKeyNorm;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Rope;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.gguf.GgufArchitecture.Trait;
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

    /** Of doubles; weights that need no factor stay as they are. */
    private static final double ROUNDING = 1e-12;

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
            Map.entry(Slot.O_BIAS, "attn_output.bias"),
            Map.entry(Slot.Q_NORM, "attn_q_norm.weight"),
            Map.entry(Slot.K_NORM, "attn_k_norm.weight"),
            Map.entry(Slot.ATTENTION_NORM, "post_attention_norm.weight"),
            Map.entry(Slot.FFN_NORM, "post_ffw_norm.weight"));

    void describe(GgufMetadata metadata) {
        put(metadata, "vocab_size", config.vocabularySize());
        int window = config.ordinaryPositions();
        boolean slides = layout.architecture().pattern().slides(GgufFit.attention(config, layout.layers()), window);
        // without the model's windows in the architecture, up to where they cut nothing
        put(metadata, "context_length", slides ? config.maxPositions() : window);
        put(metadata, "embedding_length", config.hiddenSize());
        put(metadata, "block_count", layout.layers().size());
        perLayer(metadata, "feed_forward_length", LayerShape::intermediate);
        perLayer(metadata, "attention.head_count", LayerShape::queryHeads);
        perLayer(metadata, "attention.head_count_kv", LayerShape::kvHeads);
        metadata.put(key("attention.layer_norm_rms_epsilon"), config.innerNormEps());
        put(metadata, "attention.key_length", config.headDim());
        put(metadata, "attention.value_length", config.headDim());
        put(metadata, "rope.dimension_count", config.headDim());
        metadata.put(key("rope.freq_base"), config.rope().theta());
        if (config.rope().kind() == Rope.Kind.LINEAR) {
            metadata.put(key("rope.scaling.type"), "linear");
            metadata.put(key("rope.scaling.factor"), config.rope().factor());
        }
        if (layout.architecture().pattern().windows()) {
            put(metadata, "attention.sliding_window", window);
        }
        beyondLlama(metadata);
    }

    private void beyondLlama(GgufMetadata metadata) {
        Architecture source = config.architecture();
        if (layout.architecture().has(Trait.MULTIPLIERS)) {
            metadata.put(key("embedding_scale"), source.embeddingScale())
                    .put(key("residual_scale"), source.residualScale())
                    .put(key("attention.scale"), source.scoreScale())
                    .put(key("logit_scale"), source.logitScale());
        }
        if (layout.architecture().has(Trait.CAPS)) {
            metadata.put(key("attn_logit_softcapping"), source.scoreCap())
                    .put(key("final_logit_softcapping"), source.logitCap());
        }
    }

    private void perLayer(GgufMetadata metadata, String name, ToIntFunction<LayerShape> count) {
        List<Integer> counts = layout.layers().stream()
                .map(Placement::shape)
                .map(count::applyAsInt)
                .toList();
        if (layout.architecture().has(Trait.BY_LAYER)) {
            metadata.ints(key(name), counts);
        } else {
            put(metadata, name, counts.get(0));
        }
    }

    private void put(GgufMetadata metadata, String name, int value) {
        metadata.put(key(name), value);
    }

    private String key(String name) {
        return layout.architecture().word() + "." + name;
    }

    /** Those that are read from the folder, in the order in which they are written. */
    List<PlacedTensor> tensors() {
        List<PlacedTensor> tensors = new ArrayList<>();
        int rows = config.vocabularySize();
        int hidden = config.hiddenSize();
        tensors.add(PlacedTensor.matrix("token_embd.weight", WeightShapes.EMBEDDING, rows, hidden));
        tensors.add(PlacedTensor.vector("output_norm.weight", WeightShapes.FINAL_NORM, hidden));
        if (!config.tiedEmbeddings() || layout.architecture().has(Trait.UNTIED)) {
            String head = config.tiedEmbeddings() ? WeightShapes.EMBEDDING : WeightShapes.HEAD;
            tensors.add(PlacedTensor.matrix("output.weight", head, rows, hidden));
        }
        boolean interleaved = layout.architecture().has(Trait.INTERLEAVED);
        for (int i = 0; i < layout.layers().size(); i++) {
            String prefix = "blk." + i + ".";
            tensors.addAll(new PlacedLayer(config, layout.layers().get(i), interleaved)
                    .tensors(slot -> prefix + NAMES.get(slot)));
        }
        return tensors;
    }

    /** Reads a tensor's numbers as llama.cpp multiplies with them: 1 + w of a norm that is stored as w. */
    void read(ModelFolder folder, PlacedTensor tensor, PlacedTensor.RowSink sink) {
        double offset = folder.place(tensor.source()).offset();
        double factor = isQueryScale(tensor.source()) ? queryScale() : 1;
        tensor.read(folder, row -> {
            if (offset != 0 || factor != 1) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) ((row[i] + offset) * factor);
                }
            }
            sink.take(row);
        });
    }

    /** Whether scores are proportional to a tensor that is scaled with the least loss: the norm of queries, if there is one. */
    private boolean isQueryScale(String source) {
        boolean normed = config.architecture().queryKeyNorm() != QueryKeyNorm.NONE;
        return source.endsWith(normed ? "q_norm.weight" : "q_proj.weight");
    }

    /** What is left to multiply queries by, where llama.cpp scales scores by another number and has no key for ours. */
    private double queryScale() {
        double scale = config.architecture().scoreScale();
        if (scale == 0 || layout.architecture().has(Trait.MULTIPLIERS)) {
            return 1;
        }
        int layers = layout.layers().size();
        int heads = layout.layers().get(0).queries().size();
        int usual = layout.architecture().scoreSize(layers, config.hiddenSize(), heads, config.headDim());
        double more = scale * Math.sqrt(usual);
        return Math.abs(more - 1) < ROUNDING ? 1 : more;
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
