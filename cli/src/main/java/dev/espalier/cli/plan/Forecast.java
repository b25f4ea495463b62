package dev.espalier.cli.plan;

import dev.espalier.coordinator.stage.StagePlan.Training;
import dev.espalier.protocol.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a run will take, stage by stage.
 *
 * @param stages in their order
 */
record Forecast(List<OfStage> stages) {
    /** Floats of the residual stream of a calibration token: as it was, and as it becomes. */
    private static final int STREAMS = 2;

    private static final int FLOAT_BYTES = 4;

    /** Validation happens so often while a model is trained. */
    private static final int VALIDATIONS = 10;

    /** Lines of a step in journal and metrics. */
    private static final int STEP_BYTES = 600;

    /**
     * @param seconds that the stage lasts
     * @param hostBytes most memory of the process; {@code deviceBytes} of a GPU, 0 without one
     * @param diskBytes most that lies in the run folder
     */
    record OfStage(Stage stage, double seconds, long hostBytes, long deviceBytes, long diskBytes) {}

    /**
     * @param amounts what the run has to do
     * @param hidden channels of the model
     * @param kept share of the parameters that is left: smaller models are measured in so much less time
     */
    static Forecast of(List<Stage> stages, Amounts amounts, Probe probe, int hidden, double kept) {
        List<OfStage> forecasts = new ArrayList<>();
        for (Stage stage : stages) {
            like(stage, probe.whole().stages())
                    .ifPresent(seen -> forecasts.add(of(stage, seen, amounts, probe, hidden, kept)));
        }
        return new Forecast(List.copyOf(forecasts));
    }

    /** That stage, or the last round of its kind that was seen. */
    private static Optional<Stage> like(Stage stage, Map<Stage, Observed> seen) {
        return IntStream.iterate(stage.round(), round -> round > 0, round -> round - 1)
                .mapToObj(round -> new Stage(stage.kind(), round))
                .filter(seen::containsKey)
                .findFirst();
    }

    double seconds() {
        return stages.stream().mapToDouble(OfStage::seconds).sum();
    }

    /** @param seen the stage of the probe that it is like */
    private static OfStage of(Stage stage, Stage seen, Amounts amounts, Probe probe, int hidden, double kept) {
        Observed observed = probe.whole().stages().get(seen);
        double seconds = observed.once()
                + training(amounts.trainings(stage), probe.whole().amounts().trainings(seen), observed)
                + counted(seen, observed, amounts, probe);
        if (stage.equals(Stage.EVALUATE)) {
            seconds += latency(probe.latency(), probe.whole().stages(), kept);
        }
        long tokens = Math.max(
                0, amounts.calibrationTokens() - probe.whole().amounts().calibrationTokens());
        Observed.Memory memory =
                observed.memory().most(observed.walking().with(tokens * hidden * STREAMS * FLOAT_BYTES));
        long steps =
                amounts.trainings(stage).stream().mapToLong(Training::steps).sum();
        return new OfStage(stage, seconds, memory.host(), memory.device(), observed.diskBytes() + steps * STEP_BYTES);
    }

    private static double training(List<Training> real, List<Training> seen, Observed observed) {
        double seconds = 0;
        int first = 0;
        for (int i = 0; i < Math.min(real.size(), seen.size()); i++) {
            int from = first;
            int to = first + seen.get(i).steps();
            List<Observed.Step> steps = observed.steps().stream()
                    .filter(step -> step.at() >= from && step.at() < to)
                    .toList();
            seconds += training(real.get(i), seen.get(i), steps, observed.merging());
            first = to;
        }
        return seconds;
    }

    /** Of one training; the pauses that the probe had are in its {@link Observed#once}. */
    private static double training(Training real, Training seen, List<Observed.Step> steps, double merging) {
        if (steps.isEmpty()) {
            return 0;
        }
        // The first one warms up.
        List<Observed.Step> warm = steps.size() > 1 ? steps.subList(1, steps.size()) : steps;
        double step = Median.of(warm.stream().map(Observed.Step::seconds).toList());
        double besides = Median.of(warm.stream().map(Observed.Step::besides).toList());
        return real.steps() * step
                + Math.min(VALIDATIONS, real.steps()) * besides
                + Math.max(0, real.slices() - seen.slices()) * merging;
    }

    private static double counted(Stage stage, Observed observed, Amounts amounts, Probe probe) {
        double seconds = 0;
        for (Observed.Counted work : observed.counted()) {
            seconds += work.ofLayers()
                    ? work.total() * layer(stage, work, amounts, probe)
                    : amounts.measured().getOrDefault(work.what(), work.total()) * work.unit();
        }
        return seconds;
    }

    /** Seconds of a layer: what it takes on the probe's text, and more by so much for each token more. */
    private static double layer(Stage stage, Observed.Counted work, Amounts amounts, Probe probe) {
        Optional<Observed.Counted> other = probe.layers().stream()
                .flatMap(seen -> like(stage, seen.stages()).map(seen.stages()::get).stream())
                .flatMap(seen -> seen.counted().stream())
                .filter(seen -> seen.what().equals(work.what()))
                .findFirst();
        long tokens =
                probe.layers().map(seen -> seen.amounts().calibrationTokens()).orElse(0L)
                        - probe.whole().amounts().calibrationTokens();
        if (other.isEmpty() || tokens <= 0) {
            return work.unit();
        }
        double slope = Math.max(0, (other.get().unit() - work.unit()) / tokens);
        return work.unit()
                + slope * (amounts.calibrationTokens() - probe.whole().amounts().calibrationTokens());
    }

    /** The intact model by itself, and each smaller one beside it. */
    private static double latency(double intact, Map<Stage, Observed> seen, double kept) {
        long smaller =
                Stream.of(Stage.PRUNE, Stage.EXPORT).filter(seen::containsKey).count();
        return intact * (1 + smaller * (1 + kept));
    }
}
