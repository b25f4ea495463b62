package dev.espalier.methods.benchmark;

/** The paths through a run's work that {@code benchmarks/limits} times, each as {@code examples/smollm2-20.conf} takes it. */
public enum LimitsPath {
    /** Gates on FFN channels alone, KL to the intact model, sparsity held by the controller. */
    GATED,
    /** LoRA of rank 64 on all projections of a model that is a fifth smaller, KL to the intact model. */
    RECOVERY,
    /** Cross-entropy with the gradient of every weight, as in {@code espalier pretrain}. */
    WEIGHTS,
    /** Negative log-likelihoods of all tokens. */
    FORWARD,
    /** A teacher's hidden states, its FFN as sparse as asked for. */
    TEACHER,
    /** One more token after a prompt of the given length. */
    DECODE,
    /** Shifting all logits to the wanted sparsity, on the processor. */
    CONTROLLER
}
