package dev.espalier.worker.calibration;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.masks.MaskSet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the calibrate stage found: by each metric's name the cost of removing each unit, larger = dearer, comparable
 * within a layer. Hidden channels are not scored.
 */
public record Scores(Map<String, MaskSet> byMetric) {

    /** @throws UserError if the file that these come from has no scores by the metric */
    public MaskSet of(Metric metric) {
        MaskSet scores = byMetric.get(metric.name());
        if (scores == null) {
            throw new UserError("the calibrate stage scored by " + String.join(", ", byMetric.keySet())
                    + ", and not by " + metric.name() + ": retry the stage calibrate");
        }
        return scores;
    }

    public void write(Path file) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, float[]> values = new LinkedHashMap<>();
        byMetric.forEach((metric, scores) -> {
            double[] flat = scores.flat();
            float[] floats = new float[flat.length];
            for (int i = 0; i < flat.length; i++) {
                floats[i] = (float) flat[i];
            }
            values.put(tensor(metric), floats);
            shapes.put(tensor(metric), new long[] {floats.length});
        });
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, Map.of())) {
            values.forEach(writer::add);
            writer.finish();
        }
    }

    /** @param shape of the mask set that the run uses */
    public static Scores read(Path file, MaskSet shape) {
        Map<String, MaskSet> scores = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (String tensor : reader.names()) {
                float[] values = reader.floats(tensor);
                double[] flat = new double[values.length];
                for (int i = 0; i < flat.length; i++) {
                    flat[i] = values[i];
                }
                scores.put(metric(tensor), shape.withFlat(flat));
            }
        }
        return new Scores(scores);
    }

    private static String tensor(String metric) {
        return metric.replace('-', '_');
    }

    private static String metric(String tensor) {
        return tensor.replace('_', '-');
    }
}
