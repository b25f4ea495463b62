package dev.espalier.cli.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SpeedCurveTest {
    @Test
    void betweenWhatWasMeasuredTimesLieOnLines() {
        SpeedCurve curve = new SpeedCurve(Map.of(0.2, 0.9, 0.6, 0.5));
        assertThat(curve.at(0)).isEqualTo(1);
        assertThat(curve.at(0.1)).isCloseTo(0.95, within(1e-12));
        assertThat(curve.at(0.2)).isEqualTo(0.9);
        assertThat(curve.at(0.5)).isCloseTo(0.6, within(1e-12));
        assertThat(curve.at(0.9)).isEqualTo(0.5);
    }

    @Test
    void noSmallerModelTakesLonger() {
        SpeedCurve curve = new SpeedCurve(Map.of(0.1, 1.2, 0.2, 0.8, 0.4, 0.85, 0.6, 0.5));
        assertThat(curve.at(0.1)).isEqualTo(1);
        assertThat(curve.at(0.3)).isEqualTo(0.8);
        assertThat(curve.at(0.5)).isCloseTo(0.65, within(1e-12));
    }
}
