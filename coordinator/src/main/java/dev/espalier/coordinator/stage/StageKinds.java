package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.method.Method;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All kinds of stages that a coordinator knows. */
public final class StageKinds {
    private final Map<String, StageKind> kinds;

    private StageKinds(Map<String, StageKind> kinds) {
        this.kinds = Map.copyOf(kinds);
    }

    /** The usual stages; they prune by the method that the configuration names. */
    public static StageKinds of(Collection<? extends Method> methods) {
        Map<String, Method> byName = new TreeMap<>(methods.stream().collect(Collectors.toMap(Method::name, it -> it)));
        return pruningBy(config -> {
            String name = config.prune().method();
            if (!byName.containsKey(name)) {
                throw new UserError("prune.method = " + name + " is not known here, only "
                        + String.join(", ", byName.keySet()) + ": use the same version on all nodes");
            }
            return byName.get(name);
        });
    }

    /** The usual stages with one way of pruning for each configuration. */
    public static StageKinds pruningBy(Function<RunConfig, Method> method) {
        return new StageKinds(Stream.of(
                        new Calibrate(method),
                        new Prune(method),
                        new Recover(),
                        new Pretrain(),
                        new Export(),
                        new Evaluate())
                .collect(Collectors.toMap(StageKind::word, kind -> kind)));
    }

    /** These and another kind. */
    public StageKinds with(StageKind kind) {
        Map<String, StageKind> more = new TreeMap<>(kinds);
        more.put(kind.word(), kind);
        return new StageKinds(more);
    }

    public StageKind of(Stage stage) {
        StageKind kind = kinds.get(stage.kind());
        if (kind == null) {
            throw new UserError("there are no stages of the kind " + stage.kind() + " here, only "
                    + String.join(", ", new TreeMap<>(kinds).keySet()) + ": use the same version on all nodes");
        }
        return kind;
    }
}
