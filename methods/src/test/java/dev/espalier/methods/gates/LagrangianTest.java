package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Toy;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Golden values come from the authors' own module. */
class LagrangianTest {
    @Test
    void theToysLossAndGradientsAreTheAuthors() {
        MaskSet logits = Toy.logits();
        MaskSet p = Toy.probabilities();
        ExpectedSparsity expected = new ExpectedSparsity(Toy.SHAPE);
        Lagrangian lagrangian = new Lagrangian(-0.3f, 0.7f);
        double sparsity = expected.of(p);
        double gap = sparsity - 0.125;
        assertThat(lagrangian.loss(sparsity, 0.125)).isCloseTo(-0.0249154, Offset.offset(1e-6));
        assertThat(gap).isCloseTo(0.3158975, Offset.offset(1e-5));
        assertThat(gap * gap).isCloseTo(0.0997912, Offset.offset(1e-5));

        MaskSet slope = expected.gradient(p);
        double pull = lagrangian.slope(sparsity, 0.125);
        assertGradient(logits.heads(0), slope.heads(0), pull, -3.0772e-5, -2.1702e-4, -1.9161e-3, -8.1456e-4);
        assertGradient(
                logits.hidden(),
                slope.hidden(),
                pull,
                -2.736e-5,
                -2.736e-5,
                -1.3337e-4,
                -3.5043e-4,
                -1.8910e-3,
                -3.0939e-3,
                -3.2468e-3,
                -6.0990e-4);
    }

    /** The authors' sparsity goes through float16, hence four digits. */
    private static void assertGradient(double[] logits, double[] slope, double pull, double... golden) {
        for (int i = 0; i < golden.length; i++) {
            double gradient = pull * slope[i] * HardConcrete.activeSlope(logits[i], HardConcrete.BETA);
            assertThat(gradient).isCloseTo(golden[i], Offset.offset(1e-3 * Math.abs(golden[i])));
        }
    }

    @Test
    void theMultipliersAscendAsTheAuthorsAdamDoes() {
        Lagrangian lagrangian = Lagrangian.start();
        double[] gaps = {0.0013, -0.02, -0.05};
        double[] first = {0.0999992, 0.0300862, -0.0493119};
        double[] second = {0.0994118, 0.1741051, 0.2463025};
        for (int i = 0; i < gaps.length; i++) {
            lagrangian.ascend(0.3 + gaps[i], 0.3, 0.1);
            assertThat((double) lagrangian.multipliers()[0]).isCloseTo(first[i], Offset.offset(1e-6));
            assertThat((double) lagrangian.multipliers()[1]).isCloseTo(second[i], Offset.offset(1e-6));
        }
    }

    @Test
    void logitsStayWithinTheirBound() {
        MaskLogits logits = MaskLogits.start(Toy.SHAPE.filled(10));
        logits.step(Toy.SHAPE.filled(1), 0.1, HardConcrete.LOGIT_BOUND);
        for (float value : logits.values()) {
            assertThat(value).isEqualTo((float) 4.605170185988092);
        }
    }
}
