package dev.espalier.monitoring;

/**
 * The field names of a line of {@code metrics.jsonl} that several methods tell: scripts read them, so they do not change.
 * A method may tell more under names of its own; those that begin with {@code loss.} are drawn among the losses.
 */
public final class StepFields {
    /** When the step ended, ISO 8601 in UTC. */
    public static final String TIME = "time";

    public static final String STAGE = "stage";

    /** Counts from 0 within the stage. */
    public static final String STEP = "step";

    /** Input tokens of the step. */
    public static final String TOKENS = "tokens";

    /** The step's own duration. */
    public static final String SECONDS = "seconds";

    /** What was minimised; losses are natural-log nats per token. */
    public static final String LOSS = "loss";

    public static final String LOSS_KL = "loss.kl";
    public static final String LOSS_LAYERS = "loss.layers";
    public static final String LOSS_LAGRANGIAN = "loss.lagrangian";

    /** Expected share of prunable parameters gone, 0..1. */
    public static final String SPARSITY_EXPECTED = "sparsity.expected";

    /** What the schedule wanted at this step, 0..1. */
    public static final String SPARSITY_TARGET = "sparsity.target";

    /** {@code "intact"} or the teacher's sparsity in per cent as a number; absent without a teacher. */
    public static final String TEACHER = "teacher";

    public static final String LEARNING_RATE = "learning-rate";

    /** Global norm before clipping. */
    public static final String GRADIENT_NORM = "gradient-norm";

    /** Cross-entropy of the validation text after the step; absent from most. */
    public static final String LOSS_VALIDATION = "loss.validation";

    /** Followed by a domain's name: its share of the training sequences from this step on, 0..1. */
    public static final String SHARE = "share.";

    /** Followed by a domain's name: cross-entropy of its held-out text after the step. */
    public static final String LOSS_DOMAIN = "loss.domain.";

    /** Followed by a domain's name: its loss beyond its reference, in the lines that have the loss. */
    public static final String GAP = "gap.";

    /** Followed by a structure's name: expected share of its units that is closed, 0..1. */
    public static final String CLOSED = "closed.";

    /** Followed by a structure's name: what {@link #CLOSED} shall be at this step. */
    public static final String TARGET = "target.";

    private StepFields() {}
}
