package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredChartsTest {
    @Test
    void sharesAreOneChartGapsAnotherAndAStructureStandsBesideItsTarget() {
        List<StepMetrics> steps = new ArrayList<>();
        for (int step = 0; step < 10; step++) {
            steps.add(StepMetrics.of(Stage.PRUNE, step, 512, 1)
                    .with("loss", 3)
                    .with("loss.domain.web", 3)
                    .with("share.web", 0.7)
                    .with("share.code", 0.3)
                    .with("gap.web", 0.2)
                    .with("gap.code", -0.1)
                    .with("closed.hidden", 0.01 * step)
                    .with("target.hidden", 0.02 * step)
                    .with("entropy", 1));
        }
        List<LineChart> charts = TrainingCharts.of(steps).stream()
                .filter(chart -> !chart.id().startsWith("loss"))
                .toList();
        assertThat(charts)
                .extracting(LineChart::id)
                .containsExactlyInAnyOrder("prune-share", "prune-gap", "prune-closed-hidden", "prune-entropy");
        assertThat(names(charts, "prune-share")).containsExactly("code", "web");
        assertThat(names(charts, "prune-gap")).containsExactly("code", "web");
        assertThat(names(charts, "prune-closed-hidden")).containsExactly("closed", "target");
        assertThat(names(charts, "prune-entropy")).containsExactly("entropy");
        assertThat(charts).allSatisfy(chart -> assertThat(chart.html()).contains("<path class=\"line "));
    }

    private static List<String> names(List<LineChart> charts, String id) {
        return charts.stream()
                .filter(chart -> chart.id().equals(id))
                .flatMap(chart -> chart.series().stream())
                .map(Series::name)
                .toList();
    }
}
