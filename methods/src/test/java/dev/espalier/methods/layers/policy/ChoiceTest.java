package dev.espalier.methods.layers.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    @Test
    void theLowestScoresGo() {
        Map<Integer, Double> influence = Map.of(0, .0430330, 1, .0014045, 2, .0633143, 3, .2007939);
        assertThat(Choice.lowest(influence, 2)).containsExactly(0, 1);
    }

    @Test
    void whatIsNoNumberIsTakenLast() {
        assertThat(Choice.lowest(Map.of(1, Double.NaN, 2, 9.0, 3, 8.0), 2)).containsExactly(2, 3);
    }

    @Test
    void ofEqualScoresTheLowerLayersGo() {
        assertThat(Choice.lowest(Map.of(5, 1.0, 3, 1.0, 4, 1.0), 2)).containsExactly(3, 4);
    }

    @Test
    void theRunOfTheLeastAngleGoesButNotTheLastLayerAndNoneThatStays() {
        List<Double> angles = List.of(.0138308, .0735584, .01);
        assertThat(Choice.run(angles, 4, 2, Set.of())).containsExactly(0, 1);
        assertThat(Choice.run(angles, 4, 2, Set.of(0))).containsExactly(1, 2);
    }

    @Test
    void thePrefixStays() {
        assertThat(Choice.last(30, 3)).containsExactly(27, 28, 29);
    }

    @Test
    void scoresThatAreAllTheSameTellNothing() {
        assertThat(Choice.alike(List.of(.5, .5, .5))).isTrue();
        assertThat(Choice.alike(List.of(.5, .5, .4))).isFalse();
        assertThat(Choice.alike(List.of(.5))).isFalse();
        assertThat(Choice.alike(List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NaN)))
                .as("a score that is no number counts as infinite")
                .isTrue();
        assertThat(Choice.alike(List.of(Double.NaN, .5))).isFalse();
    }
}
