package dev.espalier.worker.work;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Metrics;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What a worker knows to do: stages, ways of pruning and metrics, each found by name. All of them are handed in, so that
 * one more changes nothing here.
 */
public final class Repertoire {
    /** Whose legs may be parts of any stage. */
    public static final String ANY_STAGE = "*";

    /** The stage whose legs are those of {@code prune.method}, but for what it does whatever the method. */
    private static final String PRUNE = "prune";

    private final Map<String, Legs> stages;
    private final Map<String, Legs> methods;
    private final Metrics metrics;
    private final List<String> kernels;

    /** @param kernels names of files in {@code /torchscript} that the methods and metrics bring along */
    public Repertoire(List<Legs> stages, List<Legs> methods, List<Metric> metrics, List<String> kernels) {
        this(byName(stages), byName(methods), new Metrics(metrics), List.copyOf(kernels));
    }

    private Repertoire(Map<String, Legs> stages, Map<String, Legs> methods, Metrics metrics, List<String> kernels) {
        this.stages = stages;
        this.methods = methods;
        this.metrics = metrics;
        this.kernels = kernels;
    }

    private static Map<String, Legs> byName(List<Legs> all) {
        Map<String, Legs> byName = new LinkedHashMap<>();
        all.forEach(legs -> byName.put(legs.name(), legs));
        return byName;
    }

    /**
     * The same, but that one leg of a stage is done otherwise.
     *
     * @param otherwise makes of how it is done here how it is to be done
     * @throws IllegalArgumentException if there is no such leg
     */
    public Repertoire replacing(String stage, String leg, UnaryOperator<LegWork.Opener> otherwise) {
        Legs legs = stages.get(stage);
        if (legs == null || !legs.byName().containsKey(leg)) {
            throw new IllegalArgumentException("no leg " + leg + " of " + stage);
        }
        Map<String, LegWork.Opener> openers = new LinkedHashMap<>(legs.byName());
        openers.computeIfPresent(leg, (name, opener) -> otherwise.apply(opener));
        Map<String, Legs> replaced = new LinkedHashMap<>(stages);
        replaced.put(stage, new Legs(stage, openers));
        return new Repertoire(replaced, methods, metrics, kernels);
    }

    public Metrics metrics() {
        return metrics;
    }

    List<String> kernels() {
        return kernels;
    }

    /** @throws UserError if this worker does not know the stage, the method or the leg */
    LegWork open(Bench bench, Assignment first) throws IOException {
        String leg = first.work().leg();
        Legs any = stages.get(ANY_STAGE);
        if (any != null && any.byName().containsKey(leg)) {
            return any.open(bench, first);
        }
        String stage = first.key().stage().kind();
        Legs own = stages.get(stage);
        boolean isMethods = stage.equals(PRUNE) && (own == null || !own.byName().containsKey(leg));
        return isMethods
                ? known(methods, "method", bench.method()).open(bench, first)
                : known(stages, "stage", stage).open(bench, first);
    }

    private static Legs known(Map<String, Legs> all, String what, String name) {
        Legs legs = all.get(name);
        if (legs == null) {
            throw new UserError("this worker knows no " + what + " " + name + ", only "
                    + String.join(", ", all.keySet()) + ": use the same version on all nodes");
        }
        return legs;
    }
}
