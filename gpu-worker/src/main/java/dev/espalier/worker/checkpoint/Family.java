package dev.espalier.worker.checkpoint;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The LLaMA-like model families, by config.json's {@code model_type}; they share tensor names and forward pass. */
public enum Family {
    LLAMA("llama", "LlamaForCausalLM", 2048, 0),
    /** Always has a sliding window unless its config.json says null, and never has biases. */
    MISTRAL("mistral", "MistralForCausalLM", 4096 * 32, 8),
    /** Always has biases on q, k and v; its config.json does not say so. */
    QWEN2("qwen2", "Qwen2ForCausalLM", 32_768, 32);

    /** Where config.json does not say how wide the window is; of all families that can have one. */
    static final int SLIDING_WINDOW = 4096;

    private final String modelType;
    private final String architecture;
    private final int maxPositions;
    private final int kvHeads;

    Family(String modelType, String architecture, int maxPositions, int kvHeads) {
        this.modelType = modelType;
        this.architecture = architecture;
        this.maxPositions = maxPositions;
        this.kvHeads = kvHeads;
    }

    public String modelType() {
        return modelType;
    }

    /** The class name config.json's {@code architectures} lists. */
    public String architecture() {
        return architecture;
    }

    /** Where config.json does not say max_position_embeddings. */
    int defaultMaxPositions() {
        return maxPositions;
    }

    /** Where config.json does not say num_key_value_heads. */
    int defaultKvHeads(int queryHeads) {
        return kvHeads == 0 ? queryHeads : kvHeads;
    }

    static Optional<Family> of(String modelType) {
        return Arrays.stream(values())
                .filter(family -> family.modelType.equals(modelType))
                .findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(Family::modelType).collect(Collectors.joining(", "));
    }
}
