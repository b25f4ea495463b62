package dev.espalier.worker.compensation;

import dev.espalier.protocol.config.RunConfig.Metric;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.masks.MaskSet;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the calibrate stage found: for every metric the cost of removing each unit, larger = dearer, comparable within
 * a layer. Hidden channels are not scored.
 */
public record Scores(Map<Metric, MaskSet> byMetric) {

    public MaskSet of(Metric metric) {
        return byMetric.get(metric);
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
            values.put(name(metric), floats);
            shapes.put(name(metric), new long[] {floats.length});
        });
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, Map.of())) {
            values.forEach(writer::add);
            writer.finish();
        }
    }

    /** @param shape of the mask set that the run uses */
    public static Scores read(Path file, MaskSet shape) {
        Map<Metric, MaskSet> scores = new EnumMap<>(Metric.class);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Metric metric : Metric.values()) {
                float[] values = reader.floats(name(metric));
                double[] flat = new double[values.length];
                for (int i = 0; i < flat.length; i++) {
                    flat[i] = values[i];
                }
                scores.put(metric, shape.withFlat(flat));
            }
        }
        return new Scores(scores);
    }

    private static String name(Metric metric) {
        return metric.name().toLowerCase(Locale.ROOT);
    }
}
