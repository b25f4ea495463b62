package dev.espalier.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What one training step measured; a line of metrics.jsonl.
 *
 * @param step counts from 0 within the stage
 * @param tokens input tokens of this step
 * @param seconds duration of this step
 * @param teacher {@link #INTACT}, a percentage, or {@link #NO_TEACHER}
 * @param values numbers by name, in the order in which they are told; a method may tell what it likes, and names that
 *     several tell stand at {@code StepFields}. Losses are natural-log nats per token. A number that is not finite
 *     happened, one that is not there was not measured
 * @param kept what the student is expected to keep of each layer, while that is learnt; lines of few steps have it
 */
public record StepMetrics(
        Stage stage,
        int step,
        long tokens,
        double seconds,
        String teacher,
        Map<String, Double> values,
        Optional<KeptShares> kept) {
    public static final String NO_TEACHER = "none";
    public static final String INTACT = "intact";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9.-]{0,47}");
    private static final int MOST_VALUES = 64;

    /** What a line of metrics.jsonl says of the step itself: a value of that name would take its place there. */
    private static final Set<String> RESERVED = Set.of("time", "stage", "step", "tokens", "seconds", "teacher", "kept");

    /** @throws IllegalArgumentException for a name that is none, or too many: they become names of series */
    public StepMetrics {
        if (values.size() > MOST_VALUES) {
            throw new IllegalArgumentException("a step tells " + values.size() + " values; at most " + MOST_VALUES);
        }
        for (String name : values.keySet()) {
            if (RESERVED.contains(name) || !NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("a step tells a value under the name '" + name + "'");
            }
        }
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** A step that measured nothing yet. */
    public static StepMetrics of(Stage stage, int step, long tokens, double seconds) {
        return new StepMetrics(stage, step, tokens, seconds, NO_TEACHER, Map.of(), Optional.empty());
    }

    /** @return the number of that name; NaN if it was not measured */
    public double value(String name) {
        return values.getOrDefault(name, Double.NaN);
    }

    public StepMetrics with(String name, double value) {
        Map<String, Double> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new StepMetrics(stage, step, tokens, seconds, teacher, more, kept);
    }

    public StepMetrics taughtBy(String word) {
        return new StepMetrics(stage, step, tokens, seconds, word, values, kept);
    }

    /** The same under another number, as where rounds are drawn one after the other. */
    public StepMetrics numbered(int other) {
        return new StepMetrics(stage, other, tokens, seconds, teacher, values, kept);
    }

    public StepMetrics withKept(KeptShares expected) {
        return new StepMetrics(stage, step, tokens, seconds, teacher, values, Optional.of(expected));
    }
}
