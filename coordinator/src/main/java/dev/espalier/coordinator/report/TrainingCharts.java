package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.Series.Form;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What a run's training steps look like: sparsity against its target, losses, the teacher in use. */
final class TrainingCharts {
    private static final Set<String> PLACED = Set.of(
            StepFields.LOSS,
            StepFields.LOSS_KL,
            StepFields.LOSS_LAYERS,
            StepFields.LOSS_LAGRANGIAN,
            StepFields.LOSS_VALIDATION,
            StepFields.SPARSITY_EXPECTED,
            StepFields.SPARSITY_TARGET,
            StepFields.LEARNING_RATE,
            StepFields.GRADIENT_NORM);

    private TrainingCharts() {}

    static List<LineChart> of(List<StepMetrics> steps) {
        Rounds prune = Rounds.of(steps, Stage.PRUNE);
        Rounds recover = Rounds.of(steps, Stage.RECOVER);
        List<LineChart> charts = new ArrayList<>();
        charts.add(sparsity(prune));
        charts.add(teacher(prune));
        charts.add(losses("loss-prune", "Losses while pruning.", prune));
        charts.add(losses("loss-recover", "Losses while recovering.", recover));
        Rounds pretrain = Rounds.of(steps, Stage.PRETRAIN);
        charts.add(losses("loss-pretrain", "Losses in continued pre-training.", pretrain));
        charts.addAll(MeasuredCharts.of("prune", prune));
        charts.addAll(MeasuredCharts.of("recover", recover));
        charts.addAll(MeasuredCharts.of("pretrain", pretrain));
        charts.removeIf(LineChart::empty);
        return charts;
    }

    private static LineChart sparsity(Rounds rounds) {
        return new LineChart(
                "sparsity",
                "Sparsity against its target.",
                "Expected share of prunable parameters that is gone.",
                TrainingCharts::wholePercent,
                "%",
                true,
                rounds.starts(),
                List.of(
                        series(
                                "expected",
                                "first",
                                Form.LINE,
                                rounds,
                                s -> 100 * s.value(StepFields.SPARSITY_EXPECTED)),
                        series("target", "target", Form.LINE, rounds, s -> 100 * s.value(StepFields.SPARSITY_TARGET))));
    }

    private static LineChart teacher(Rounds rounds) {
        return new LineChart(
                "teacher",
                "The teacher in use.",
                "Its sparsity at each step; 0 % is the intact model.",
                TrainingCharts::wholePercent,
                "%",
                true,
                rounds.starts(),
                List.of(
                        series(
                                "student",
                                "target",
                                Form.LINE,
                                rounds,
                                s -> 100 * s.value(StepFields.SPARSITY_EXPECTED)),
                        series("teacher", "second", Form.STEPS, rounds, TrainingCharts::teacherPercent)));
    }

    private static LineChart losses(String id, String title, Rounds rounds) {
        List<StepMetrics> steps = rounds.steps();
        List<Series> lines = new ArrayList<>();
        boolean isKl = !steps.isEmpty()
                && steps.stream().allMatch(s -> s.value(StepFields.LOSS) == s.value(StepFields.LOSS_KL));
        if (!isKl) {
            lines.add(series("loss", "first", Form.NOISY, rounds, s -> s.value(StepFields.LOSS)));
        }
        lines.add(series("KL", isKl ? "first" : "second", Form.NOISY, rounds, s -> s.value(StepFields.LOSS_KL)));
        lines.add(series("layers", "third", Form.NOISY, rounds, s -> s.value(StepFields.LOSS_LAYERS)));
        lines.add(series("Lagrangian", "", Form.TOLD, rounds, s -> s.value(StepFields.LOSS_LAGRANGIAN)));
        unplaced(steps)
                .filter(TrainingCharts::isLoss)
                .forEach(name -> lines.add(series(
                        name.substring(StepFields.LOSS.length() + 1),
                        "target",
                        Form.LINE,
                        rounds,
                        s -> s.value(name))));
        lines.add(series("learning rate", "", Form.TOLD, rounds, s -> s.value(StepFields.LEARNING_RATE)));
        lines.add(series("tokens/s", "", Form.TOLD, rounds, s -> s.tokens() / s.seconds()));
        return new LineChart(
                id, title, "Nats per token; faint: each step.", Figures::tick, "", false, rounds.starts(), lines);
    }

    /** What is measured under a name that has no place of its own. */
    static Stream<String> unplaced(List<StepMetrics> steps) {
        return steps.stream()
                .flatMap(step -> step.values().keySet().stream())
                .distinct()
                .filter(name -> !PLACED.contains(name));
    }

    static boolean isLoss(String name) {
        return name.startsWith(StepFields.LOSS + ".");
    }

    private static double teacherPercent(StepMetrics step) {
        if (step.teacher().equals(StepMetrics.INTACT)) {
            return 0;
        }
        return step.teacher().matches("[0-9]{1,3}") ? Integer.parseInt(step.teacher()) : Double.NaN;
    }

    static Series series(String name, String style, Form form, Rounds rounds, ToDoubleFunction<StepMetrics> value) {
        List<Point> points = rounds.steps().stream()
                .map(step -> new Point(step.step(), value.applyAsDouble(step)))
                .filter(point -> Double.isFinite(point.y()))
                .toList();
        return new Series(name, style, form, points);
    }

    /**
     * The training of all stages of a kind.
     *
     * @param steps one round after the other: each counts its steps from where the one before ended
     * @param starts the first steps of later rounds
     */
    record Rounds(List<StepMetrics> steps, List<Integer> starts) {
        static Rounds of(List<StepMetrics> steps, Stage kind) {
            List<StepMetrics> all = new ArrayList<>();
            List<Integer> starts = new ArrayList<>();
            int before = 0;
            for (int round = 1; ; round++) {
                Stage stage = new Stage(kind.kind(), round);
                List<StepMetrics> own = steps.stream()
                        .filter(step -> step.stage().equals(stage))
                        .toList();
                if (own.isEmpty()) {
                    return new Rounds(all, starts);
                }
                if (round > 1) {
                    starts.add(before);
                }
                for (StepMetrics step : own) {
                    all.add(step.numbered(before + step.step()));
                }
                before = 1 + all.get(all.size() - 1).step();
            }
        }
    }

    private static String wholePercent(double percent) {
        return Figures.tick(percent) + " %";
    }
}
