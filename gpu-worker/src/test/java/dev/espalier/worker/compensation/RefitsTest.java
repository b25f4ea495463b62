package dev.espalier.worker.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sequences of four tokens through a projection of twelve columns, of which the last four go. */
class RefitsTest {
    private static final int OUT = 3;
    private static final int IN = 12;
    private static final int LENGTH = 4;
    private static final int[] KEPT = IntStream.range(0, 8).toArray();

    private static Torch torch;
    private static NDManager scope;
    private static NDArray weight;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        scope = torch.scope();
        Random random = new Random(5);
        weight = floats(OUT, (i, j) -> random.nextGaussian());
    }

    @AfterAll
    static void close() {
        scope.close();
        torch.close();
    }

    @Test
    void aReFitThatHelpsOnTextItHasNotSeenStays() {
        Refits refits = new Refits(torch, OptionalDouble.of(0.01));
        KeptUnits.Choice judged = judged(refits, correlated(40 * LENGTH), 40, 0.01);
        assertThat(judged.refitted()).isNotNull();
        assertThat(refits.count()).isEqualTo(new Compactor.Refitted(1, 0));
    }

    @Test
    void aReFitToANoiseOfFewTokensIsLeftOut() {
        // eight unknowns a row, fitted to eight tokens: it hits these and misses all others
        Refits refits = new Refits(torch, OptionalDouble.of(1e-9));
        KeptUnits.Choice judged = judged(refits, noise(3 * LENGTH), 3, 1e-9);
        assertThat(judged.refitted()).isNull();
        assertThat(judged.units()).isEqualTo(KEPT);
        assertThat(refits.count()).isEqualTo(new Compactor.Refitted(0, 1));
    }

    @Test
    void whereNoTextIsHeldOutEveryReFitStays() {
        Refits refits = new Refits(torch, OptionalDouble.of(0.01));
        assertThat(judged(refits, noise(LENGTH), 1, 0.01).refitted()).isNotNull();
    }

    @Test
    void theErrorsAreThoseOfTheProjectionsOutputOnTheHeldOutTokens() {
        int sequences = 40;
        NDArray x = correlated(sequences * LENGTH);
        int fit = 36 * LENGTH;
        Map<Statistic, NDArray> grams = grams(x, sequences);
        NDArray heldOut = grams.get(InputStatistic.HELD_OUT_GRAM);
        double[] errors = errors(grams, 0.01);
        NDArray kept = torch.ints(scope, KEPT, KEPT.length);
        NDArray seen = grams(x, sequences).get(InputStatistic.GRAM).sub(heldOut);
        NDArray fitted = torch.tensor(scope, "refit", weight, seen, kept, 0.01);
        NDArray plain = weight.mul(floats(OUT, (i, j) -> j < KEPT.length ? 1. : 0.));
        assertThat(errors[0]).isCloseTo(squared(x.get(fit + ":"), plain), within(1e-3 * errors[0]));
        assertThat(errors[1]).isCloseTo(squared(x.get(fit + ":"), fitted), within(1e-3 * errors[1]));
        assertThat(errors[1]).isLessThan(errors[0]);
    }

    @Test
    void heldOutIsTheLastTenthHoweverTheTextIsCutIntoPieces() {
        int sequences = 25;
        NDArray x = noise(sequences * LENGTH);
        Map<Statistic, NDArray> pieces = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        Statistic.Text text = new Statistic.Text(sequences, LENGTH);
        for (InputStatistic statistic : new Refits(torch, OptionalDouble.of(1)).statistics()) {
            NDArray sum = statistic.start(scope, IN, text);
            // the third piece has sequences of both kinds
            for (int from = 0; from < sequences; from += 8) {
                int to = Math.min(sequences, from + 8);
                statistic.add(torch, scope, sum, tokens(x.get(from * LENGTH + ":" + to * LENGTH), text, from));
            }
            pieces.put(statistic, sum);
        }
        double[] found = pieces.get(InputStatistic.HELD_OUT_GRAM).toDoubleArray();
        NDArray last = x.get(23 * LENGTH + ":");
        double[] expected = torch.tensor(scope, "gram_add", InputStatistic.GRAM.start(scope, IN, text), weighted(last))
                .toDoubleArray();
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-4));
        }
    }

    private static KeptUnits.Choice judged(Refits refits, NDArray x, int sequences, double damping) {
        Map<Statistic, NDArray> grams = grams(x, sequences);
        NDArray kept = torch.ints(scope, KEPT, KEPT.length);
        NDArray refitted = torch.tensor(scope, "refit", weight, grams.get(InputStatistic.GRAM), kept, damping);
        float[] ones = new float[] {1, 1, 1, 1, 1, 1, 1, 1};
        return refits.judged(scope, "down", weight, grams, new KeptUnits.Choice(KEPT, ones, refitted), kept);
    }

    private static double[] errors(Map<Statistic, NDArray> grams, double damping) {
        return torch.tensor(
                        scope,
                        "refit_errors",
                        weight,
                        grams.get(InputStatistic.GRAM),
                        grams.get(InputStatistic.HELD_OUT_GRAM),
                        torch.ints(scope, KEPT, KEPT.length),
                        damping)
                .toDoubleArray();
    }

    private static Map<Statistic, NDArray> grams(NDArray x, int sequences) {
        Statistic.Text text = new Statistic.Text(sequences, LENGTH);
        NDArray all = InputStatistic.GRAM.start(scope, IN, text);
        NDArray heldOut = InputStatistic.HELD_OUT_GRAM.start(scope, IN, text);
        torch.tensor(scope, "gram_add", all, x);
        torch.tensor(scope, "gram_add", heldOut, x.get(text.firstHeldOut() * LENGTH + ":"));
        return Map.of(InputStatistic.GRAM, all, InputStatistic.HELD_OUT_GRAM, heldOut);
    }

    /** Squared error of the output, over all tokens. */
    private static double squared(NDArray x, NDArray other) {
        NDArray difference = x.matMul(weight.sub(other).transpose());
        return difference.mul(difference).sum().getFloat();
    }

    private static Statistic.Tokens tokens(NDArray x, Statistic.Text text, int first) {
        return new Statistic.Tokens(x, x, x, torch.empty(scope), text, first);
    }

    private static NDArray weighted(NDArray x) {
        return torch.tensor(scope, "weighted_tokens", x, x, torch.empty(scope));
    }

    private static NDArray noise(int tokens) {
        Random random = new Random(7);
        return floats(tokens, (i, j) -> random.nextGaussian());
    }

    /** Five directions and a little noise: what goes can be told from what stays. */
    private static NDArray correlated(int tokens) {
        Random random = new Random(9);
        NDArray hidden = floats(tokens, 5, (i, j) -> random.nextGaussian());
        NDArray mixed = hidden.matMul(floats(5, (i, j) -> random.nextGaussian()));
        return mixed.add(floats(tokens, (i, j) -> 0.05 * random.nextGaussian()));
    }

    private static NDArray floats(int rows, BiFunction<Integer, Integer, Double> value) {
        return floats(rows, IN, value);
    }

    private static NDArray floats(int rows, int columns, BiFunction<Integer, Integer, Double> value) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(i / columns, i % columns).floatValue();
        }
        return torch.floats(scope, values, rows, columns);
    }
}
