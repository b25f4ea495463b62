package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;

/**
 * How many tokens of a text are read at a time, and what can be done if it has fewer.
 *
 * @param remedy a sentence
 */
public record Window(int tokens, String remedy) {
    private static final int CALIBRATION = 512;

    /** Training and validation. */
    public static Window training(RunConfig.Data data) {
        return new Window(data.sequenceLength(), "Give more text or a smaller data.sequence-length.");
    }

    /**
     * Calibration: 512 tokens if the model takes them, whatever the training length, since the statistics of later
     * positions matter where the model will be used.
     */
    public static Window calibration(RunConfig.Data data, LlamaConfig model) {
        return new Window(
                Math.min(Math.max(CALIBRATION, data.sequenceLength()), model.maxPositions()),
                "Calibration reads that many at a time, whatever data.sequence-length: give more text.");
    }

    /** @throws UserError if {@code text} has too few */
    public void require(String text, long found) {
        if (found < tokens) {
            throw new UserError(
                    text + " has only " + found + " tokens, less than one sequence of " + tokens + ". " + remedy);
        }
    }
}
