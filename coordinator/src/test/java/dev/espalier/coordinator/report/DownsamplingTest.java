package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DownsamplingTest {
    @Property(tries = 100)
    void exactlyAsManyPointsAsAllowedAreKeptInOrderWithBothEnds(
            @ForAll @IntRange(min = 1, max = 3_000) int count, @ForAll @IntRange(min = 3, max = 500) int most) {
        List<Point> points = wave(count);

        List<Point> kept = Downsampling.largestTriangles(points, most);

        assertThat(kept).hasSize(Math.min(count, most)).isSubsetOf(points);
        assertThat(kept.get(0)).isEqualTo(points.get(0));
        assertThat(kept.get(kept.size() - 1)).isEqualTo(points.get(count - 1));
        for (int i = 1; i < kept.size(); i++) {
            assertThat(kept.get(i).x()).isGreaterThan(kept.get(i - 1).x());
        }
    }

    @Test
    void aSingleSpikeSurvives() {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            points.add(new Point(i, i == 4_321 ? 50 : 1));
        }

        assertThat(Downsampling.largestTriangles(points, 100)).contains(new Point(4_321, 50));
    }

    private static List<Point> wave(int count) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(new Point(i, Math.sin(i * 0.37)));
        }
        return points;
    }
}
