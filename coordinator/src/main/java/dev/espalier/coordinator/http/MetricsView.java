package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.report.Downsampling;
import dev.espalier.coordinator.report.Point;
import dev.espalier.monitoring.MetricsLog;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.StepLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A run's training steps for charts: of each stage as many as asked for, chosen so that the loss keeps its look. All
 * series of a stage have the same steps. Memory is bounded however long the run was.
 */
final class MetricsView {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** More steps than any screen has pixels; beyond, every other is left out while reading. */
    private static final int MOST_HELD = 40_000;

    private static final Map<String, ToDoubleFunction<StepLine>> SERIES = series();

    private MetricsView() {}

    /** @param points steps of a stage at most; at least 3 */
    static ObjectNode of(Path metrics, int points) throws IOException {
        Map<String, Thinned> stages = new LinkedHashMap<>();
        MetricsLog.forEach(metrics, line -> stages.computeIfAbsent(line.stage(), stage -> new Thinned())
                .add(line));
        ObjectNode json = JSON.createObjectNode();
        ArrayNode array = json.putArray("stages");
        stages.forEach((stage, steps) -> array.add(stage(stage, steps, points)));
        return json;
    }

    private static ObjectNode stage(String stage, Thinned thinned, int points) {
        List<StepLine> steps = chosen(thinned.lines, points);
        ObjectNode json = JSON.createObjectNode().put("stage", stage).put("recorded", thinned.seen);
        ArrayNode numbers = json.putArray("step");
        steps.forEach(line -> numbers.add(line.step()));
        ArrayNode teachers = json.putArray("teacher");
        steps.forEach(line -> teachers.add(line.teacher()));
        ObjectNode series = json.putObject("series");
        SERIES.forEach((name, value) -> {
            if (steps.stream().anyMatch(line -> Double.isFinite(value.applyAsDouble(line)))) {
                ArrayNode values = series.putArray(name);
                for (StepLine line : steps) {
                    double number = value.applyAsDouble(line);
                    if (Double.isFinite(number)) {
                        values.add(number);
                    } else {
                        values.addNull();
                    }
                }
            }
        });
        return json;
    }

    private static List<StepLine> chosen(List<StepLine> lines, int most) {
        List<Point> loss = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            loss.add(new Point(i, lines.get(i).loss()));
        }
        return Downsampling.largestTriangles(loss, most).stream()
                .map(point -> lines.get((int) point.x()))
                .toList();
    }

    private static Map<String, ToDoubleFunction<StepLine>> series() {
        Map<String, ToDoubleFunction<StepLine>> series = new LinkedHashMap<>();
        series.put(StepFields.LOSS, StepLine::loss);
        series.put(StepFields.LOSS_KL, StepLine::kl);
        series.put(StepFields.LOSS_LAYERS, StepLine::layers);
        series.put(StepFields.LOSS_LAGRANGIAN, StepLine::lagrangian);
        series.put(StepFields.LOSS_VALIDATION, StepLine::validation);
        series.put(StepFields.SPARSITY_EXPECTED, StepLine::expectedSparsity);
        series.put(StepFields.SPARSITY_TARGET, StepLine::targetSparsity);
        series.put(StepFields.LEARNING_RATE, StepLine::learningRate);
        series.put(StepFields.GRADIENT_NORM, StepLine::gradientNorm);
        series.put(StepFields.SECONDS, StepLine::seconds);
        series.put(StepFields.TOKENS, StepLine::tokens);
        return series;
    }

    /** Steps of a stage, evenly thinned out as they become many. */
    private static final class Thinned {
        private List<StepLine> lines = new ArrayList<>();
        private int stride = 1;
        private int seen;

        void add(StepLine line) {
            if (seen++ % stride != 0) {
                return;
            }
            lines.add(line);
            if (lines.size() >= MOST_HELD) {
                List<StepLine> half = new ArrayList<>();
                for (int i = 0; i < lines.size(); i += 2) {
                    half.add(lines.get(i));
                }
                lines = half;
                stride *= 2;
            }
        }
    }
}
