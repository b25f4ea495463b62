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
    private static final Amounts PROBED =
            amounts(500, FEW, FEW, FEW, Map.of("windows of a.txt", 8L, "choices of b.jsonl", 600L));
    private static final Amounts REAL = amounts(
            50_500,
            new Training(30, 10),
            new Training(270, 10),
            new Training(100, 10),
            Map.of("windows of a.txt", 200L, "choices of b.jsonl", 3000L));

    @Test
    void aTrainingIsItsFirstStepItsOthersTheirValidationsAndThePausesBetweenSlices() {
        // 3 s once; two trainings of 4 steps: the first of each is slow, validation takes 0.25 s and merging 0.5 s
        List<Observed.Step> steps = IntStream.range(0, 8)
                .mapToObj(i -> i % 4 == 0
                        ? new Observed.Step(i, 9, 0, false)
                        : new Observed.Step(i, i < 4 ? 2 : 1, i % 4 == 2 ? 0.75 : 0.25, i % 4 == 2))
                .toList();
        Observed prune = observed(3 + 2 * 9 + 3 * 2 + 3 * 1 + 2 * 1.25, steps, List.of());
        // every third of the first 30 steps, every thirtieth of all 300; the first of each training was seen
        double validations = (10 - 1 + 9 - 1) * 0.25;
        double pauses = (3 - 1 + 27 - 1) * 0.5;
        assertThat(seconds(Stage.PRUNE, prune))
                .isEqualTo(3 + 9 + 29 * 2 + 9 + 269 * 1 + validations + pauses, within(1e-9));
    }

    @Test
    void aLayerCostsByTheTokensThatGoThroughIt() {
        Observed whole = observed(1 + 10 * 0.2, List.of(), layers(10, 0.2));
        Observed few = observed(9, List.of(), layers(3, 0.9));
        // 0.2 s at 500 tokens and 0.9 s at 4000: 0.0002 s a token
        assertThat(forecast(Stage.CALIBRATE, whole, Optional.of(few)).seconds())
                .isEqualTo(1 + 10 * (0.2 + 50_000 * 0.0002), within(1e-9));
    }

    @Test
    void theStreamOfCalibrationTokensIsHeldTwice() {
        Observed whole = observed(3, List.of(), layers(10, 0.2));
        long bytes = forecast(Stage.CALIBRATE, whole, Optional.empty())
                .stages()
                .get(0)
                .hostBytes();
        assertThat(bytes).isEqualTo((1L << 30) + 50_000L * HIDDEN * 4 * 2);
    }

    @Test
    void whatTakesMoreThanTheStreamDoesNotComeOnTopOfIt() {
        Observed.Memory steps = new Observed.Memory(4L << 30, 0);
        Observed.Memory walk = new Observed.Memory(1L << 30, 0);
        Observed prune = new Observed(9, List.of(), layers(10, 0.2), steps, walk, 0);
        assertThat(forecast(Stage.PRUNE, prune, Optional.empty())
                        .stages()
                        .get(0)
                        .hostBytes())
                .isEqualTo(4L << 30);
        Observed onGpu = new Observed(9, List.of(), layers(10, 0.2), steps, new Observed.Memory(1, 1L << 30), 0);
        Forecast.OfStage stage =
                forecast(Stage.PRUNE, onGpu, Optional.empty()).stages().get(0);
        assertThat(stage.hostBytes()).isEqualTo(4L << 30);
        assertThat(stage.deviceBytes()).isEqualTo((1L << 30) + 50_000L * HIDDEN * 4 * 2);
    }

    @Test
    void whatIsMeasuredTakesTimeByHowMuchThereIsOfIt() {
        List<Observed.Counted> windows = List.of(
                new Observed.Counted("windows of a.txt", 8, 0.5), new Observed.Counted("windows of a.txt", 8, 0.25));
        Observed evaluate = observed(2 + 4 + 2, List.of(), windows);
        assertThat(seconds(Stage.EVALUATE, evaluate)).isEqualTo(2 + 200 * 0.5 + 200 * 0.25, within(1e-9));
        // 12 questions of 600 tokens in the probe, 40 of 3000 in the run: five times the time, whatever their number
        Observed.Counted questions = new Observed.Counted("choices of b.jsonl", 12, 0.5);
        assertThat(seconds(Stage.EVALUATE, observed(1 + 6, List.of(), List.of(questions))))
                .isEqualTo(1 + 5 * 12 * 0.5, within(1e-9));
    }

    private static double seconds(Stage stage, Observed observed) {
        return forecast(stage, observed, Optional.empty()).seconds();
    }

    private static Forecast forecast(Stage stage, Observed whole, Optional<Observed> few) {
        Amounts layers = amounts(4000, FEW, FEW, FEW, Map.of());
        Probe probe = new Probe(
                few.map(seen -> new Probe.Seen(layers, Map.of(stage, seen))),
                new Probe.Seen(PROBED, Map.of(stage, whole)));
        return Forecast.of(List.of(stage), REAL, probe, HIDDEN);
    }

    private static Amounts amounts(
            long tokens, Training gated, Training taught, Training recovered, Map<String, Long> measured) {
        return new Amounts(
                tokens, Map.of(Stage.PRUNE, List.of(gated, taught), Stage.RECOVER, List.of(recovered)), measured);
    }

    private static List<Observed.Counted> layers(long count, double unit) {
        return List.of(new Observed.Counted("layers calibrated", count, unit));
    }

    private static Observed observed(double seconds, List<Observed.Step> steps, List<Observed.Counted> counted) {
        boolean walks = counted.stream().anyMatch(Observed.Counted::walks);
        return new Observed(
                seconds,
                steps,
                counted,
                new Observed.Memory(1L << 29, 0),
                walks ? new Observed.Memory(1L << 30, 0) : Observed.Memory.NONE,
                1L << 20);
    }
}
