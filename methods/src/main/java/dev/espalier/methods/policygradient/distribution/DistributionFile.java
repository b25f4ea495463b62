package dev.espalier.methods.policygradient.distribution;

import dev.espalier.methods.masked.Layout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A distribution on disk, exact to the bit: safetensors in float32, numbers that are not of units in the metadata. */
public final class DistributionFile {
    private static final String FORMAT = "espalier.distribution";
    private static final String VERSION = "1";
    private static final String KEEP = "keep";
    private static final String AVERAGE = "average";
    private static final String COSTS = "costs";

    private DistributionFile() {}

    public static void write(Path file, Distribution distribution) {
        write(file, distribution, Map.of());
    }

    /** @param more tensors of whoever writes it, each [n] */
    public static void write(Path file, Distribution distribution, Map<String, float[]> more) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        tensors.put(KEEP, distribution.keep());
        tensors.put(AVERAGE, distribution.average());
        tensors.put(COSTS, distribution.budget().costs());
        tensors.putAll(more);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        tensors.forEach((name, values) -> shapes.put(name, new long[] {values.length}));
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata(distribution))) {
            tensors.forEach(writer::add);
            writer.finish();
        }
    }

    private static Map<String, String> metadata(Distribution distribution) {
        Budget budget = distribution.budget();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(FORMAT, VERSION);
        metadata.put("layout", budget.layout().text());
        metadata.put("groups", joined(budget.groups()));
        metadata.put(
                "limits",
                Arrays.stream(budget.limits()).mapToObj(Double::toString).collect(Collectors.joining(",")));
        metadata.put("attention", Double.toString(budget.attention()));
        metadata.put("ffn", Double.toString(budget.ffn()));
        metadata.put("averaged", Integer.toString(distribution.averaged()));
        metadata.put("steps", Integer.toString(distribution.steps()));
        metadata.put("baseline", Double.toString(distribution.baseline()));
        metadata.put("spread", Double.toString(distribution.spread()));
        return metadata;
    }

    private static String joined(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    /** @throws UserError if the file is none that this Espalier can read a distribution from */
    public static Distribution read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, String> metadata = reader.metadata();
            if (!VERSION.equals(metadata.get(FORMAT))) {
                throw new UserError(file + " is no distribution of masks of this Espalier");
            }
            Budget budget = new Budget(
                    Layout.read(required(metadata, "layout")),
                    Arrays.stream(required(metadata, "groups").split(","))
                            .mapToInt(Integer::parseInt)
                            .toArray(),
                    Arrays.stream(required(metadata, "limits").split(","))
                            .mapToDouble(Double::parseDouble)
                            .toArray(),
                    reader.floats(COSTS),
                    Double.parseDouble(required(metadata, "attention")),
                    Double.parseDouble(required(metadata, "ffn")));
            return new Distribution(
                    budget,
                    reader.floats(KEEP),
                    reader.floats(AVERAGE),
                    Integer.parseInt(required(metadata, "averaged")),
                    Integer.parseInt(required(metadata, "steps")),
                    Double.parseDouble(required(metadata, "baseline")),
                    Double.parseDouble(required(metadata, "spread")));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + " is damaged: " + e.getMessage(), e);
        }
    }

    private static String required(Map<String, String> metadata, String name) {
        String value = metadata.get(name);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + name);
        }
        return value;
    }

    /** Whether {@link #write} was given tensors besides. */
    public static boolean hasMore(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return !Set.of(KEEP, AVERAGE, COSTS).containsAll(reader.names());
        }
    }

    /** A tensor that {@link #write} was given besides. */
    public static float[] more(Path file, String name) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return reader.floats(name);
        }
    }
}
