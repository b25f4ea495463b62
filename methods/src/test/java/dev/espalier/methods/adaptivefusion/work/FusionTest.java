package dev.espalier.methods.adaptivefusion.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FusionTest {
    private static final double[] COARSE = {.5, .1, .3, .9};
    private static final double[] FINE = {.2, .4, .3, .5};

    @Test
    void theEstimateThatTellsUnitsApartBetterHasMoreSay() {
        assertThat(Fusion.variation(COARSE)).isCloseTo(.7590334, within(1e-7));
        assertThat(Fusion.variation(FINE)).isCloseTo(.3688556, within(1e-7));
        assertThat(Fusion.coarseShare(COARSE, FINE)).isCloseTo(.5963255, within(1e-7));
        assertThat(Fusion.fused(COARSE, FINE))
                .containsExactly(new double[] {.3975503, .2691163, .3333333, 1}, within(1e-7));
        assertThat(Arrays.stream(Fusion.fused(COARSE, FINE)).average()).hasValueCloseTo(.5, within(1e-12));
    }

    @Test
    void aConstantEstimateHasNoSay() {
        double[] constant = {.7, .7, .7, .7};
        assertThat(Fusion.fused(constant, FINE)).isEqualTo(Fusion.ranks(FINE));
        assertThat(Fusion.fused(COARSE, constant)).isEqualTo(Fusion.ranks(COARSE));
        assertThat(Fusion.isConstant(constant)).isTrue();
        assertThat(Fusion.isConstant(new double[3])).isTrue();
        assertThat(Fusion.isConstant(FINE)).isFalse();
    }

    @Test
    void equalNumbersShareThePlacesThatTheyTake() {
        assertThat(Fusion.ranks(new double[] {3, 1, 3, 2, 3})).containsExactly(.75, 0, .75, .25, .75);
        assertThat(Fusion.ranks(new double[] {4})).containsExactly(.5);
        assertThat(Fusion.isConstant(new double[] {4})).isTrue();
    }
}
