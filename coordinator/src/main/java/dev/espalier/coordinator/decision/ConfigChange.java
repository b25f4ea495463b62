package dev.espalier.coordinator.decision;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.MethodCatalogue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What another configuration changes of a run: pure.
 *
 * @param keys those whose values differ, sorted
 * @param stages that one of them bears on, each the first of those, and so on all after it; empty: on none
 */
public record ConfigChange(List<String> keys, Set<Stage> stages) {
    private static final String NAME = "run.name";
    private static final String TARGET = "prune.target.sparsity";

    /** What other targets lead to. */
    private static final String RESOLVED = "prune.target.resolved-sparsity";

    /** Numbers from which that follows, and nothing else. */
    private static final Set<String> SIZES = Set.of(
            TARGET,
            RESOLVED,
            "prune.target.parameters",
            "prune.target.bytes",
            "prune.target.latency-ratio",
            "prune.target.latency-of");

    private static final String VALIDATION = "data.validation";
    private static final String MIX = "data.mix.kind";

    private static final Stage FIRST = Stage.USUAL.get(0);

    /**
     * The first stage whose outcome depends on a key, or on any key below it; the longest that fits counts. What is not
     * here bears on all stages.
     */
    private static final Map<String, Optional<Stage>> BEARING = Map.ofEntries(
            // Where and how it is computed, and what is kept or measured beside it: the model comes out the same.
            Map.entry("model.device", Optional.empty()),
            Map.entry("model.activation-checkpointing", Optional.empty()),
            Map.entry(VALIDATION, Optional.empty()),
            Map.entry("checkpoint", Optional.empty()),
            Map.entry("metrics", Optional.empty()),
            // Calibration reads the texts by their weights.
            Map.entry("data.mix", Optional.of(Stage.PRUNE)),
            // The stages themselves are compared.
            Map.entry("stages", Optional.empty()),
            Map.entry("model.dtype", Optional.of(Stage.PRUNE)),
            Map.entry("prune", Optional.of(Stage.PRUNE)),
            // Scores are those by the metrics that are wanted, of the units that may be removed.
            Map.entry("prune.method", Optional.of(Stage.CALIBRATE)),
            Map.entry("prune.initialise-from", Optional.of(Stage.CALIBRATE)),
            Map.entry("prune.granularity", Optional.of(Stage.CALIBRATE)),
            Map.entry("prune.head-unit", Optional.of(Stage.CALIBRATE)),
            Map.entry("cluster", Optional.of(Stage.PRUNE)),
            Map.entry("recover", Optional.of(Stage.RECOVER)),
            Map.entry("pretrain", Optional.of(Stage.PRETRAIN)),
            // The masks are made for the shape that will be exported.
            Map.entry("export.uniform", Optional.of(Stage.PRUNE)),
            Map.entry("export.ffn-multiple", Optional.of(Stage.PRUNE)),
            Map.entry("export", Optional.of(Stage.EXPORT)),
            Map.entry("evaluate", Optional.of(Stage.EVALUATE)));

    /**
     * @param before resolved configuration of the run
     * @param after resolved configuration that it is to have
     * @throws dev.espalier.protocol.UserError if one of them cannot be read
     */
    public static ConfigChange of(String before, String after) {
        List<String> keys = ConfigDifference.keys(before, after);
        return new ConfigChange(
                keys,
                keys.stream()
                        .flatMap(key -> bearing(key, before, after).stream())
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static Optional<Stage> bearing(String key, String before, String after) {
        if (SIZES.contains(key)) {
            return round(before, after);
        }
        // Where shares follow the losses of held-out text, that decides what is trained on.
        return key.equals(VALIDATION) && (isMixed(before) || isMixed(after)) ? Optional.of(Stage.PRUNE) : bearing(key);
    }

    private static boolean isMixed(String text) {
        return ConfigDifference.list(text, MIX).stream().anyMatch(kind -> !kind.equals("off"));
    }

    /** The first pruning that is to reach something else; none where the same share goes, whatever it follows from. */
    private static Optional<Stage> round(String before, String after) {
        List<Object> then = shares(before);
        List<Object> now = shares(after);
        int same = 0;
        while (same < Math.min(then.size(), now.size()) && then.get(same).equals(now.get(same))) {
            same++;
        }
        return same == then.size() && same == now.size()
                ? Optional.empty()
                : Optional.of(new Stage(Stage.PRUNE.kind(), same + 1));
    }

    private static List<Object> shares(String text) {
        List<Object> resolved = ConfigDifference.list(text, RESOLVED);
        return resolved.isEmpty() ? ConfigDifference.list(text, TARGET) : resolved;
    }

    /** Whether it is another run's: the name is what a run is known by. */
    public boolean renames() {
        return keys.contains(NAME);
    }

    /** The first stage that a key bears on; empty if on none. */
    static Optional<Stage> bearing(String key) {
        if (MethodCatalogue.installedKeys().stream()
                .anyMatch(method -> method.scoring().contains(key))) {
            return Optional.of(Stage.CALIBRATE);
        }
        for (String prefix = key; ; prefix = prefix.substring(0, prefix.lastIndexOf('.'))) {
            if (BEARING.containsKey(prefix)) {
                return BEARING.get(prefix);
            } else if (prefix.indexOf('.') < 0) {
                return Optional.of(FIRST);
            }
        }
    }
}
