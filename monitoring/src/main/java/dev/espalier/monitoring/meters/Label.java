package dev.espalier.monitoring.meters;

import java.util.Locale;

/** The labels of measures. Their values are bounded: enums of ours, files of a configuration, runs of a process. */
public enum Label {
    RUN,
    STAGE,
    /** Of a run, a stage or workers; one of them is 1, or each is a count. */
    STATE,
    /** Which of several values of one measure. */
    KIND,
    OUTCOME,
    /** Heads, FFN channels, hidden channels, layers. */
    STRUCTURE,
    /** Before, after-prune, after-recover. */
    WHEN,
    /** A text's file name without its folder. */
    FILE,
    /** Part of a training step. */
    PHASE,
    /** What was done with a blob. */
    OPERATION,
    REASON,
    /** Index of a GPU as nvidia-smi counts. */
    GPU;

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The value of a label for a constant of an enum: {@code AFTER_PRUNE} is {@code after-prune}. */
    static String value(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
