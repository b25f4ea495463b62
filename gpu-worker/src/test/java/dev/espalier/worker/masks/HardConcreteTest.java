package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Golden values come from the authors' own module. */
class HardConcreteTest {
    private static final Offset<Double> FLOAT = Offset.offset(1e-6);

    @ParameterizedTest
    @CsvSource({
        "-4.60517, 0.0471298, 0.0039653",
        "-2, 0.4009753, 0.0831727",
        "0, 0.8318222, 0.5",
        "1, 0.9307712, 0.7685248",
        "2, 0.9733667, 0.9168273",
        "4.60517, 0.9979823, 0.9960347",
        "10, 0.9999908, 0.9999938"
    })
    void probabilityAndSoftValueAreTheAuthors(double alpha, double active, double soft) {
        assertThat(HardConcrete.active(alpha, HardConcrete.BETA)).isCloseTo(active, FLOAT);
        assertThat(HardConcrete.soft(alpha)).isCloseTo(soft, FLOAT);
    }

    @ParameterizedTest
    @CsvSource({
        "0.05, 2, 0.1342232",
        "0.25, 0, 0.0936686",
        "0.25, 2, 0.8533637",
        "0.5, 0, 0.5",
        "0.5, 2, 1",
        "0.75, -2, 0.1466363",
        "0.75, 0, 0.9063315",
        "0.95, -2, 0.8657767",
        "0.05, 4.60517, 1",
        "0.000001, 4.6, 0",
        "0.000001, 0, 0"
    })
    void samplesAreTheAuthors(double u, double alpha, double z) {
        assertThat(HardConcrete.sample(u, alpha, HardConcrete.BETA)).isCloseTo(z, FLOAT);
    }

    @Property
    void theSlopeOfASampleIsItsDerivative(
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double u,
            @ForAll @DoubleRange(min = -6, max = 6) double alpha,
            @ForAll @DoubleRange(min = 0.1, max = 1) double beta) {
        double h = 1e-6;
        double below = HardConcrete.sample(u, alpha - h, beta);
        double above = HardConcrete.sample(u, alpha + h, beta);
        boolean onAKink = (below == 0) != (above == 0) || (below == 1) != (above == 1);
        if (!onAKink) {
            assertThat(HardConcrete.sampleSlope(u, alpha, beta))
                    .isCloseTo((above - below) / (2 * h), Offset.offset(1e-6));
        }
    }

    @Property
    void theSlopeOfTheProbabilityIsItsDerivative(@ForAll @DoubleRange(min = -10, max = 10) double alpha) {
        double h = 1e-6;
        double numeric =
                (HardConcrete.active(alpha + h, HardConcrete.BETA) - HardConcrete.active(alpha - h, HardConcrete.BETA))
                        / (2 * h);
        assertThat(HardConcrete.activeSlope(alpha, HardConcrete.BETA)).isCloseTo(numeric, Offset.offset(1e-7));
    }

    @Test
    void theProbabilityIsClampedAndHasNoSlopeThere() {
        assertThat(HardConcrete.active(100, HardConcrete.BETA)).isEqualTo(1 - 1e-6);
        assertThat(HardConcrete.active(-100, HardConcrete.BETA)).isEqualTo(1e-6);
        assertThat(HardConcrete.activeSlope(100, HardConcrete.BETA)).isZero();
        assertThat(HardConcrete.activeSlope(-100, HardConcrete.BETA)).isZero();
    }

    @Test
    void drawsOfNeighbouringSeedsHaveNothingInCommon() {
        double[] one = draw(1, 0);
        for (double[] other : List.of(draw(2, 0), draw(0, 0), draw(1, 1))) {
            assertThat(Arrays.stream(one).filter(gate -> gate > 0 && gate < 1).boxed())
                    .doesNotContainAnyElementsOf(Arrays.stream(other)
                            .boxed()
                            .filter(gate -> gate > 0 && gate < 1)
                            .toList());
        }
        assertThat(draw(1, 0)).isEqualTo(one);
    }

    private static double[] draw(long seed, int step) {
        MaskSet logits = MaskSet.of(new double[100], new double[0][], new double[0][]);
        return GateSample.draw(logits, HardConcrete.BETA, seed, step).gates().hidden();
    }

    @Test
    void manySamplesAreActiveAsOftenAsTheProbabilitySays() {
        double[] logits = new double[200_000];
        GateSample sample =
                GateSample.draw(MaskSet.of(logits, new double[0][], new double[0][]), HardConcrete.BETA, 5, 0);
        double active = 0;
        for (double gate : sample.gates().hidden()) {
            active += gate > 0 ? 1 : 0;
        }
        assertThat(active / logits.length).isCloseTo(HardConcrete.active(0, HardConcrete.BETA), Offset.offset(0.005));
    }
}
