package dev.espalier.cli.plan;

import dev.espalier.coordinator.stage.StagePlan.Training;
import dev.espalier.protocol.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a run will take, stage by stage.
 *
 * @param stages in their order
 */
record Forecast(List<OfStage> stages) {
    /** Floats of the residual stream of a calibration token: as it was, and as it becomes. */
    private static final int STREAMS = 2;

    private static final int FLOAT_BYTES = 4;

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
     */
    static Forecast of(List<Stage> stages, Amounts amounts, Probe probe, int hidden) {
        List<OfStage> forecasts = new ArrayList<>();
        for (Stage stage : stages) {
            like(stage, probe.whole().stages())
                    .ifPresent(seen -> forecasts.add(of(stage, seen, amounts, probe, hidden)));
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
    private static OfStage of(Stage stage, Stage seen, Amounts amounts, Probe probe, int hidden) {
        Observed observed = probe.whole().stages().get(seen);
        double seconds = observed.once()
                + training(amounts.trainings(stage), probe.whole().amounts().trainings(seen), observed)
                + counted(seen, observed, amounts, probe);
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
        int before = 0;
        int first = 0;
        for (int i = 0; i < Math.min(real.size(), seen.size()); i++) {
            int from = first;
            int to = first + seen.get(i).steps();
            List<Observed.Step> steps = observed.steps().stream()
                    .filter(step -> step.at() >= from && step.at() < to)
                    .toList();
            seconds += steps.isEmpty() ? 0 : TrainingTime.of(steps).of(real.get(i), before);
            before += real.get(i).steps();
            first = to;
        }
        return seconds;
    }

    private static double counted(Stage stage, Observed observed, Amounts amounts, Probe probe) {
        Map<String, Long> probed = probe.whole().amounts().measured();
        double seconds = 0;
        for (Observed.Counted work : observed.counted()) {
            double unit = work.walks() ? layer(stage, work, amounts, probe) : work.unit();
            double times = probed.containsKey(work.what())
                    ? (double) amounts.measured().get(work.what()) / probed.get(work.what())
                    : 1;
            seconds += work.total() * unit * times;
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
}
