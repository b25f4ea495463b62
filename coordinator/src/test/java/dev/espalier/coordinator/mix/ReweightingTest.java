package dev.espalier.coordinator.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.protocol.config.RunConfig.Exhausted;
import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.config.RunConfig.MixKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReweightingTest {
    private static final List<Double> SHARES = List.of(.67, .045, .045, .02, .045, .025, .15);
    private static final List<Double> LOSSES = List.of(2.3, .7, 2.6, 1.7, 2.2, 1.5, 2.6);
    private static final List<Double> REFERENCES = List.of(1.9643, 0.7459, 2.1393, 1.6117, 1.7590, 1.4449, 2.1251);

    @Test
    void aShareGrowsWithTheLossBeyondItsReference() {
        assertShares(mix(MixKind.DOREMI, false, 0), .664224, .030473, .050565, .015496, .049579, .018734, .170928);
    }

    @Test
    void aDomainThatIsBetterThanItsReferenceMayCountAsOneThatHasReachedIt() {
        assertShares(mix(MixKind.DOREMI, true, 0), .663275, .031858, .050493, .015474, .049508, .018708, .170683);
    }

    @Test
    void aBanditTakesTheSharesThemselves() {
        assertShares(mix(MixKind.BANDIT, false, 0), .246664, .090155, .149615, .100556, .146697, .097760, .168554);
    }

    @Test
    void constantSharesStay() {
        assertThat(Reweighting.next(mix(MixKind.CONSTANT, false, 0), SHARES, LOSSES, REFERENCES))
                .isEqualTo(SHARES);
    }

    @Test
    void noShareFallsBelowTheLeast() {
        List<Double> next = Reweighting.next(mix(MixKind.DOREMI, false, 0.04), SHARES, LOSSES, REFERENCES);
        assertThat(next).allMatch(share -> share >= 0.04);
        assertThat(next.stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-12));
        assertThat(next.get(1)).isEqualTo(0.04);
        assertThat(next.get(0) / next.get(6))
                .as("the others give it up in proportion")
                .isCloseTo(.664224 / .170928, within(1e-4));
    }

    private static Mix mix(MixKind kind, boolean clamp, double least) {
        return new Mix(kind, 50, 16, List.of(), 0, 1, 1e-4, clamp, least, Exhausted.REPEAT);
    }

    private static void assertShares(Mix mix, double... expected) {
        List<Double> next = Reweighting.next(mix, SHARES, LOSSES, REFERENCES);
        for (int i = 0; i < expected.length; i++) {
            assertThat(next.get(i)).isCloseTo(expected[i], within(1e-6));
        }
    }
}
