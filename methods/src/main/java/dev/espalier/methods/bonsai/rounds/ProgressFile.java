package dev.espalier.methods.bonsai.rounds;

import dev.espalier.methods.masked.Layout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A version on disk, exact to the bit: safetensors in float32, numbers that are not of units in the metadata. */
public final class ProgressFile {
    private static final String FORMAT = "espalier.bonsai";
    private static final String VERSION = "1";
    private static final String GONE = "gone";
    private static final String COSTS = "costs";
    private static final String WORTH = "worth";
    private static final String LOSSES = "losses";
    private static final String NONE = "";

    private ProgressFile() {}

    public static void write(Path file, Progress progress) {
        write(file, progress, Map.of());
    }

    /** @param more tensors of whoever writes it, each [n] */
    public static void write(Path file, Progress progress, Map<String, float[]> more) {
        Task task = progress.task();
        Map<String, float[]> tensors = new LinkedHashMap<>();
        tensors.put(GONE, floats(progress.gone()));
        tensors.put(COSTS, task.costs());
        tensors.put(WORTH, task.worth());
        int[] at = progress.measured().stream().mapToInt(Progress.Step::step).toArray();
        if (at.length > 0) {
            tensors.put(LOSSES, losses(progress.measured()));
        }
        tensors.putAll(more);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        tensors.forEach((name, values) -> shapes.put(name, new long[] {values.length}));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(FORMAT, VERSION);
        metadata.put("layout", task.layout().text());
        metadata.put("groups", joined(task.groups()));
        metadata.put(
                "remove",
                Arrays.stream(task.remove()).mapToObj(Double::toString).collect(Collectors.joining(",")));
        metadata.put("now", Integer.toString(progress.now()));
        metadata.put("measured", joined(at));
        metadata.put("steps", Integer.toString(progress.steps()));
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
            tensors.forEach(writer::add);
            writer.finish();
        }
    }

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    private static float[] losses(List<Progress.Step> measured) {
        int each = measured.get(0).losses().length;
        float[] losses = new float[measured.size() * each];
        for (int i = 0; i < measured.size(); i++) {
            System.arraycopy(measured.get(i).losses(), 0, losses, i * each, each);
        }
        return losses;
    }

    private static String joined(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private static int[] ints(String joined) {
        return joined.equals(NONE)
                ? new int[0]
                : Arrays.stream(joined.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** @throws UserError if the file is none that this Espalier can go on from */
    public static Progress read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, String> metadata = reader.metadata();
            if (!VERSION.equals(metadata.get(FORMAT))) {
                throw new UserError(file + " is no progress of bonsai of this Espalier");
            }
            Task task = new Task(
                    Layout.read(metadata.get("layout")),
                    ints(metadata.get("groups")),
                    Arrays.stream(metadata.get("remove").split(","))
                            .mapToDouble(Double::parseDouble)
                            .toArray(),
                    reader.floats(COSTS),
                    reader.floats(WORTH));
            float[] went = reader.floats(GONE);
            int[] gone = new int[went.length];
            for (int unit = 0; unit < gone.length; unit++) {
                gone[unit] = (int) went[unit];
            }
            int[] at = ints(metadata.get("measured"));
            List<Progress.Step> measured = new ArrayList<>();
            if (at.length > 0) {
                float[] losses = reader.floats(LOSSES);
                int each = losses.length / at.length;
                for (int i = 0; i < at.length; i++) {
                    measured.add(new Progress.Step(at[i], Arrays.copyOfRange(losses, i * each, (i + 1) * each)));
                }
            }
            return new Progress(
                    task,
                    gone,
                    Integer.parseInt(metadata.get("now")),
                    List.copyOf(measured),
                    Integer.parseInt(metadata.get("steps")));
        }
    }

    /** A tensor that {@link #write} was given besides. */
    public static float[] more(Path file, String name) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return reader.floats(name);
        }
    }
}
