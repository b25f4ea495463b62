package dev.espalier.worker.checkpoint;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a checkpoint stores the tensors of {@link WeightShapes}: under the family's names, several in one, with numbers that
 * the family's code adds to or divides.
 */
public final class WeightPlaces {
    private static final Pattern OF_LAYER = Pattern.compile("(model\\.layers\\.\\d+\\.)(.*)");

    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    /**
     * Where a tensor is.
     *
     * @param name the stored tensor's
     * @param from its element with which this begins
     * @param shape of this
     * @param first whether it is the first in it
     * @param offset what is added to the stored numbers
     * @param divisor what the sums are divided by
     */
    public record Place(String name, long from, long[] shape, boolean first, double offset, double divisor) {
        public long elements() {
            return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        }

        Place storedAs(String other) {
            return new Place(other, from, shape, first, offset, divisor);
        }

        /** The numbers are the stored ones. */
        public boolean isPlain() {
            return offset == 0 && divisor == 1;
        }

        public float read(float stored) {
            return (float) ((stored + offset) / divisor);
        }

        public float written(float number) {
            return (float) (number * divisor - offset);
        }
    }

    private WeightPlaces() {}

    public static WeightPlaces of(LlamaConfig config) {
        WeightPlaces found = new WeightPlaces();
        WeightShapes.of(config).forEach((name, shape) -> found.add(config, name, shape));
        return found;
    }

    private void add(LlamaConfig config, String name, long[] shape) {
        String stored = stored(config.family().rules(), name);
        long[] before = shapes.get(stored);
        boolean norm = name.endsWith("norm.weight");
        places.put(
                name,
                new Place(
                        stored,
                        before == null ? 0 : before[0] * before[1],
                        shape,
                        before == null,
                        norm ? config.architecture().normOffset() : 0,
                        name.equals(WeightShapes.FINAL_NORM)
                                ? config.architecture().logitScale()
                                : 1));
        shapes.put(stored, before == null ? shape : new long[] {before[0] + shape[0], shape[1]});
    }

    private static String stored(FamilyRules rules, String name) {
        Matcher layer = OF_LAYER.matcher(name);
        return layer.matches() ? layer.group(1) + rules.storedAs(layer.group(2)) : name;
    }

    /** Whether the model has the tensor. */
    public boolean has(String name) {
        return places.containsKey(name);
    }

    /** @param name of {@link WeightShapes}, which must be there */
    public Place of(String name) {
        return places.get(name);
    }

    /** Names and shapes as they are stored, in the order of the forward pass. */
    public Map<String, long[]> stored() {
        return Collections.unmodifiableMap(shapes);
    }
}
