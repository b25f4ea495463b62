package dev.espalier.monitoring.meters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeasureTest {

    @ParameterizedTest
    @EnumSource(Measure.class)
    void prometheusFindsTheSeriesThatTheMeasureSays(Measure measure) {
        Scrape scrape = new Scrape();

        make(scrape.meters, measure);

        Set<String> found = scrape.read().keySet().stream()
                .map(series -> series.replaceAll("\\{.*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).containsExactlyInAnyOrderElementsOf(measure.series());
    }

    private static void make(Meters meters, Measure measure) {
        String[] labels = measure.labels().stream().map(Label::key).toArray(String[]::new);
        switch (measure.kind()) {
            case GAUGE -> meters.set(measure, 1, labels);
            case TIMESTAMP -> meters.set(measure, Instant.EPOCH, labels);
            case COUNTER -> meters.counter(measure, labels);
            case TIMER -> meters.timer(measure, labels);
            case SUMMARY -> meters.summary(measure, labels);
        }
    }

    @ParameterizedTest
    @EnumSource(Measure.class)
    void everyMeasureIsDescribedAndNamedInLowerCaseWithDots(Measure measure) {
        assertThat(measure.meterName()).matches("[a-z]+(\\.[a-z]+)+").doesNotContain("total", "seconds");
        assertThat(measure.description()).isNotBlank();
        assertThat(measure.labels()).doesNotHaveDuplicates();
    }

    @Test
    void noTwoMeasuresShareASeries() {
        assertThat(Arrays.stream(Measure.values()).flatMap(measure -> measure.series().stream()))
                .doesNotHaveDuplicates();
    }
}
