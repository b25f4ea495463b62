package dev.espalier.protocol.config;

import java.nio.file.Path;

/**
 * How {@code espalier pretrain} makes a small LLaMA from scratch. The keys, their units and defaults are documented in
 * this module's {@code reference.conf}; {@link PretrainConfigReader} reads and checks them.
 *
 * @param device {@code auto}, {@code cpu} or {@code cuda:N}
 * @param activationCheckpointing the backward pass runs each layer's forward again
 * @param tokenizer tokenizer.json, or a folder that holds one; the vocabulary follows from it
 * @param steps training steps of {@code batchSize} sequences of {@code data.sequenceLength} tokens
 * @param weightDecay decoupled, on matrices only
 * @param clip largest global norm of the gradient
 * @param dtype of the saved file: f32, f16 or bf16
 */
public record PretrainConfig(
        String name,
        long seed,
        String device,
        boolean activationCheckpointing,
        Shape model,
        Path tokenizer,
        RunConfig.Data data,
        int batchSize,
        int steps,
        LearningRate learningRate,
        double weightDecay,
        Betas betas,
        double clip,
        int logInterval,
        int checkpointInterval,
        String dtype) {

    /** The numbers of a LLaMA's config.json, but for the vocabulary. */
    public record Shape(
            int layers,
            int hidden,
            int heads,
            int kvHeads,
            int headDim,
            int intermediate,
            boolean tieEmbeddings,
            int maxPositions,
            double ropeTheta,
            double normEps) {}

    /**
     * Linear from 0 to the peak, then a cosine down to the final value.
     *
     * @param last the learning rate at the last step (key {@code final})
     */
    public record LearningRate(double peak, double last, int warmupSteps) {}

    /** Decay rates of AdamW's moments. */
    public record Betas(double first, double second) {}
}
