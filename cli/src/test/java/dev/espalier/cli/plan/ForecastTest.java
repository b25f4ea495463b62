package dev.espalier.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.coordinator.stage.StagePlan.Training;
import dev.espalier.protocol.Stage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A probe of made-up times: what the whole run makes of them can be worked out by hand. */
class ForecastTest {
    private static final int HIDDEN = 100;
    private static final Training FEW = new Training(4, 2);
    private static final Amounts PROBED = amounts(500, FEW, FEW, FEW, Map.of("windows of a.txt", 8L));
    private static final Amounts REAL = amounts(
            50_500,
            new Training(30, 10),
            new Training(270, 10),
            new Training(100, 10),
            Map.of("windows of a.txt", 200L));

    @Test
    void stepsCostWhatTheyCostOnceWarmAndPausesWhatTheyCostBetweenSlices() {
        // 3 s once, two trainings of 4 steps: the first of each is slow, and 0.5 s pass between two slices
        List<Observed.Step> steps = IntStream.range(0, 8)
                .mapToObj(i -> new Observed.Step(i, i % 4 == 0 ? 9 : i < 4 ? 2 : 1, 0))
                .toList();
        Observed prune = observed(3 + 2 * 9 + 3 * 2 + 3 * 1, steps, 0.5, List.of());
        double seconds = seconds(Stage.PRUNE, prune);
        double pauses = (3 - 2 + 27 - 2) * 0.5;
        assertThat(seconds).isEqualTo(3 + 30 * 2 + 270 * 1 + pauses, within(1e-9));
    }

    @Test
    void validationComesTenTimesHoweverManyStepsThereAre() {
        List<Observed.Step> steps =
                IntStream.range(0, 4).mapToObj(i -> new Observed.Step(i, 1, 2)).toList();
        assertThat(seconds(Stage.RECOVER, observed(12, steps, 0, List.of()))).isEqualTo(100 + 10 * 2, within(1e-9));
    }

    @Test
    void aLayerCostsByTheTokensThatGoThroughIt() {
        Observed whole = observed(1 + 10 * 0.2, List.of(), 0, layers(10, 0.2));
        Observed few = observed(9, List.of(), 0, layers(3, 0.9));
        // 0.2 s at 500 tokens and 0.9 s at 4000: 0.0002 s a token
        assertThat(forecast(Stage.CALIBRATE, whole, Optional.of(few), 0).seconds())
                .isEqualTo(1 + 10 * (0.2 + 50_000 * 0.0002), within(1e-9));
    }

    @Test
    void theStreamOfCalibrationTokensIsHeldTwice() {
        Observed whole = observed(3, List.of(), 0, layers(10, 0.2));
        long bytes = forecast(Stage.CALIBRATE, whole, Optional.empty(), 0)
                .stages()
                .get(0)
                .hostBytes();
        assertThat(bytes).isEqualTo((1L << 30) + 50_000L * HIDDEN * 4 * 2);
    }

    @Test
    void whatTakesMoreThanTheStreamDoesNotComeOnTopOfIt() {
        Observed.Memory steps = new Observed.Memory(4L << 30, 0);
        Observed.Memory walk = new Observed.Memory(1L << 30, 0);
        Observed prune = new Observed(9, List.of(), 0, layers(10, 0.2), steps, walk, 0);
        assertThat(forecast(Stage.PRUNE, prune, Optional.empty(), 0)
                        .stages()
                        .get(0)
                        .hostBytes())
                .isEqualTo(4L << 30);
        Observed onGpu = new Observed(9, List.of(), 0, layers(10, 0.2), steps, new Observed.Memory(1, 1L << 30), 0);
        Forecast.OfStage stage =
                forecast(Stage.PRUNE, onGpu, Optional.empty(), 0).stages().get(0);
        assertThat(stage.hostBytes()).isEqualTo(4L << 30);
        assertThat(stage.deviceBytes()).isEqualTo((1L << 30) + 50_000L * HIDDEN * 4 * 2);
    }

    @Test
    void evaluationGoesThroughAllWindowsOfEachModelAndMeasuresEachSmallerOneBesideTheIntact() {
        List<Observed.Counted> windows = List.of(
                new Observed.Counted("windows of a.txt", 8, 0.5), new Observed.Counted("windows of a.txt", 8, 0.25));
        Observed evaluate = observed(2 + 4 + 2, List.of(), 0, windows);
        Forecast forecast = forecast(Stage.EVALUATE, evaluate, Optional.empty(), 10);
        // no smaller model in this run: the intact one is timed by itself
        assertThat(forecast.seconds()).isEqualTo(2 + 200 * 0.5 + 200 * 0.25 + 10, within(1e-9));
    }

    private static double seconds(Stage stage, Observed observed) {
        return forecast(stage, observed, Optional.empty(), 0).seconds();
    }

    private static Forecast forecast(Stage stage, Observed whole, Optional<Observed> few, double latency) {
        Amounts layers = amounts(4000, FEW, FEW, FEW, Map.of());
        Probe probe = new Probe(
                few.map(seen -> new Probe.Seen(layers, Map.of(stage, seen))),
                new Probe.Seen(PROBED, Map.of(stage, whole)),
                latency);
        return Forecast.of(List.of(stage), REAL, probe, HIDDEN, 0.8);
    }

    private static Amounts amounts(
            long tokens, Training gated, Training taught, Training recovered, Map<String, Long> measured) {
        return new Amounts(
                tokens, Map.of(Stage.PRUNE, List.of(gated, taught), Stage.RECOVER, List.of(recovered)), measured);
    }

    private static List<Observed.Counted> layers(long count, double unit) {
        return List.of(new Observed.Counted("layers calibrated", count, unit));
    }

    private static Observed observed(
            double seconds, List<Observed.Step> steps, double merging, List<Observed.Counted> counted) {
        boolean walks = counted.stream().anyMatch(Observed.Counted::walks);
        return new Observed(
                seconds,
                steps,
                merging,
                counted,
                new Observed.Memory(1L << 29, 0),
                walks ? new Observed.Memory(1L << 30, 0) : Observed.Memory.NONE,
                1L << 20);
    }
}
