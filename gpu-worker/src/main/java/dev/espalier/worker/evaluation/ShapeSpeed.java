package dev.espalier.worker.evaluation;

import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.util.List;

/**
 * How much of a model's time a smaller one takes: both with weights that say nothing, in turn, as {@link SpeedTest} measures
 * models.
 *
 * @param prefill time of a prompt as a share of the other's; @param decode of a token after it
 */
public record ShapeSpeed(double prefill, double decode) {
    /**
     * Measures; takes as long as the speed test of both.
     *
     * @param progress hears of rounds
     * @throws dev.espalier.protocol.UserError if memory does not hold both
     */
    public static ShapeSpeed measure(Torch torch, LlamaConfig whole, LlamaConfig part, Counted progress) {
        int positions = Math.min(whole.maxPositions(), SpeedTest.POSITIONS);
        try (Decoder first = Decoder.meaningless(torch, whole, positions);
                Decoder second = Decoder.meaningless(torch, part, positions)) {
            int generated = Math.min(SpeedTest.GENERATED, positions / 4);
            int prompt = Math.min(SpeedTest.PROMPT, positions - generated);
            List<Latency.Result> results =
                    Latency.measure(List.of(first, second), prompt, generated, Latency.ROUNDS, progress);
            Latency.Result its = results.get(0);
            Latency.Result ours = results.get(1);
            // Tokens a second: the other's over ours is our time over its.
            return new ShapeSpeed(
                    Spread.ofRatios(its.prefill(), ours.prefill()).median(),
                    Spread.ofRatios(its.decode(), ours.decode()).median());
        }
    }
}
