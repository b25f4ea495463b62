package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.folder.MetricsLog;
import dev.espalier.coordinator.report.Downsampling;
import dev.espalier.coordinator.report.Point;
import dev.espalier.coordinator.report.StepOrder;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.StepMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * A run's training steps for charts: of each stage as many as asked for, first of all those that tell what few steps do (as the
 * validation loss), the others chosen so that the loss keeps its look. All series of a stage have the same steps. Memory is
 * bounded however long the run was.
 */
final class MetricsView {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** More steps than any screen has pixels; beyond, every other is left out while reading. */
    private static final int MOST_HELD = 40_000;

    private MetricsView() {}

    /** @param points steps of a stage at most; at least 3 */
    static ObjectNode of(Path metrics, int points) throws IOException {
        Map<String, Thinned> stages = new LinkedHashMap<>();
        MetricsLog.forEach(
                metrics, line -> stages.computeIfAbsent(line.step().stage().word(), stage -> new Thinned())
                        .add(line.step()));
        ObjectNode json = JSON.createObjectNode();
        ArrayNode array = json.putArray("stages");
        stages.forEach((stage, steps) -> array.add(stage(stage, steps, points)));
        return json;
    }

    private static ObjectNode stage(String stage, Thinned thinned, int points) {
        List<StepMetrics> steps = chosen(StepOrder.of(thinned.steps), points);
        ObjectNode json = JSON.createObjectNode().put("stage", stage).put("recorded", thinned.seen);
        ArrayNode numbers = json.putArray("step");
        steps.forEach(step -> numbers.add(step.step()));
        ArrayNode teachers = json.putArray("teacher");
        steps.forEach(step -> teachers.add(step.teacher()));
        ObjectNode series = json.putObject("series");
        Set<String> names = new LinkedHashSet<>();
        steps.forEach(step -> names.addAll(step.values().keySet()));
        names.forEach(name -> put(series.putArray(name), steps, step -> step.value(name)));
        put(series.putArray(StepFields.SECONDS), steps, StepMetrics::seconds);
        put(series.putArray(StepFields.TOKENS), steps, StepMetrics::tokens);
        return json;
    }

    private static void put(ArrayNode series, List<StepMetrics> steps, ToDoubleFunction<StepMetrics> value) {
        for (StepMetrics step : steps) {
            double number = value.applyAsDouble(step);
            if (Double.isFinite(number)) {
                series.add(number);
            } else {
                series.addNull();
            }
        }
    }

    private static List<StepMetrics> chosen(List<StepMetrics> steps, int most) {
        if (steps.size() <= most) {
            return steps;
        }
        RareNames rare = RareNames.of(steps);
        List<Integer> chosen = new ArrayList<>(rare.told(steps, most / 2));
        List<Point> loss = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            if (!rare.areIn(steps.get(i))) {
                loss.add(new Point(i, steps.get(i).value(StepFields.LOSS)));
            }
        }
        Downsampling.largestTriangles(loss, most - chosen.size()).forEach(point -> chosen.add((int) point.x()));
        return chosen.stream().sorted().map(steps::get).toList();
    }

    /** Steps of a stage, evenly thinned out as they become many, but for those that tell what few do. */
    private static final class Thinned {
        private List<StepMetrics> steps = new ArrayList<>();
        private RareNames rare = RareNames.NONE;
        private int stride = 1;
        private int seen;

        void add(StepMetrics step) {
            if (seen++ % stride != 0 && !rare.areIn(step)) {
                return;
            }
            steps.add(step);
            if (steps.size() >= MOST_HELD) {
                rare = RareNames.of(steps);
                Set<Integer> told = Set.copyOf(rare.told(steps, MOST_HELD / 4));
                List<StepMetrics> half = new ArrayList<>();
                for (int i = 0; i < steps.size(); i++) {
                    if (i % 2 == 0 || told.contains(i)) {
                        half.add(steps.get(i));
                    }
                }
                steps = half;
                stride *= 2;
            }
        }
    }
}
