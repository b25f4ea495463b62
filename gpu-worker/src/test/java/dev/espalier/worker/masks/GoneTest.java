package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GoneTest {
    private static final Gone GONE = Gone.outside(set(new double[] {1, 0}, new double[] {0, 1, 1}));

    private static MaskSet set(double[] heads, double[] ffn) {
        return MaskSet.of(new double[0], new double[][] {heads}, new double[][] {ffn});
    }

    @Test
    void onlyUnitsThatAreLeftAreCompared() {
        MaskSet live = GONE.live(set(new double[] {5, 6}, new double[] {7, 8, 9}));
        assertThat(live.heads(0)).containsExactly(5);
        assertThat(live.ffn(0)).containsExactly(8, 9);
        MaskSet back = GONE.back(live, -1);
        assertThat(back.heads(0)).containsExactly(5, -1);
        assertThat(back.ffn(0)).containsExactly(-1, 8, 9);
    }

    @Test
    void dimensionsThatAreNotPrunedStayAbsent() {
        MaskSet ffn = set(new double[0], new double[] {7, 8, 9});
        assertThat(GONE.back(GONE.live(ffn), -1).heads(0)).isEmpty();
    }

    @Test
    void whatIsGoneMustNotComeBack() {
        GONE.requireOut(set(new double[] {1, 0}, new double[] {0, 0, 1}));
        assertThatThrownBy(() -> GONE.requireOut(set(new double[] {1, 0}, new double[] {1, 0, 1})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unit 0");
    }

    @Test
    void inTheFirstRoundNothingIsGone() {
        MaskSet all = set(new double[] {5, 6}, new double[] {7, 8, 9});
        assertThat(Gone.NONE.live(all)).isSameAs(all);
        assertThat(Gone.NONE.back(all, -1)).isSameAs(all);
        Gone.NONE.requireOut(all);
    }
}
