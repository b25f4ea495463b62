package dev.espalier.methods.closedform.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.methods.closedform.Curves;
import dev.espalier.methods.closedform.Curves.Curve;
import dev.espalier.methods.closedform.CutOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharesTest {
    /** Two layers of 2 heads and 8 channels; the first layer's channels are worth little, the second's heads nothing. */
    private static final Curves CURVES = new Curves(
            40,
            10,
            320,
            List.of(curve(List.of(0, 1, 2), 0, 1, 4), curve(List.of(0, 1, 2), 0, 0, 9)),
            List.of(curve(List.of(0, 4, 8), 0, 0.1, 2), curve(List.of(0, 4, 8), 0, 5, 8)));

    private static Curve curve(List<Integer> gone, double... divergence) {
        return new Curve(gone, Arrays.stream(divergence).boxed().toList());
    }

    @Test
    void whatIsWorthLeastGoesAndChannelsStayInMultiples() {
        CutOrder order = Shares.of(CURVES, 0.25, 4, true);
        assertThat(order.heads()).containsExactly(0, 1);
        assertThat(order.channels()).containsExactly(4, 0);
        assertThat(order.predicted()).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void betweenMeasuredSharesLossIsOnALine() {
        CutOrder order = Shares.of(CURVES, 60.0 / 320, 2, true);
        assertThat(order.heads()).containsExactly(0, 1);
        assertThat(order.channels()).containsExactly(2, 0);
        assertThat(order.predicted()).isCloseTo(0.05, within(1e-12));
    }

    @Test
    void aSubBlockMayGoAltogether() {
        CutOrder order = Shares.of(CURVES, 0.9, 4, true);
        assertThat(order.channels()).containsExactly(8, 8);
        assertThat(Curves.read(CURVES.json())).isEqualTo(CURVES);
        assertThat(CutOrder.read(order.json())).isEqualTo(order);
    }

    @Test
    void whatEarlierRoundsTookStaysGoneAndSomeOfEachIsLeftForLaterOnes() {
        Curves later = new Curves(
                40,
                10,
                160,
                List.of(),
                List.of(new Curve(List.of(0, 3, 8), List.of(0.0, 0.0, 1.0), 3), curve(List.of(0, 4, 8), 0, 0.1, 0.2)));
        assertThat(Shares.of(later, 0.05, 1, false).channels()).containsExactly(3, 0);
        CutOrder most = Shares.of(later, 0.8, 1, false);
        assertThat(most.channels()).containsExactly(6, 7);
        assertThat(Curves.read(later.json())).isEqualTo(later);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"headParameters\":0,\"channelParameters\":1,\"total\":9,\"heads\":[],\"channels\":[]}",
                "{\"headParameters\":1,\"channelParameters\":1,\"total\":9,\"heads\":[null],\"channels\":[]}",
                "{\"headParameters\":1,\"channelParameters\":1,\"total\":9,\"heads\":[],"
                        + "\"channels\":[{\"gone\":[0,2000000000],\"divergence\":[0,1]}]}",
                "{\"headParameters\":1,\"channelParameters\":1,\"total\":9,\"heads\":[],"
                        + "\"channels\":[{\"gone\":[0,4,2],\"divergence\":[0,1,2]}]}",
                "{\"headParameters\":1,\"channelParameters\":1,\"total\":9,\"heads\":[],"
                        + "\"channels\":[{\"gone\":[0,4],\"divergence\":[0,\"NaN\"]}]}"
            })
    void curvesThatNothingFollowsFromAreRefused(String json) {
        assertThatThrownBy(() -> Curves.read(json)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void channelsThatAreNoMultipleToBeginWithMayAllStay() {
        Curves odd = new Curves(1, 10, 90, List.of(), List.of(curve(List.of(0, 9), 0, 1)));
        assertThat(Shares.of(odd, 0.05, 4, true).channels()).containsExactly(1);
        assertThat(Shares.of(odd, 0.2, 4, true).channels()).containsExactly(5);
    }
}
