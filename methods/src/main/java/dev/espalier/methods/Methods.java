package dev.espalier.methods;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.methods.metrics.Magnitude;
import dev.espalier.methods.metrics.Obs;
import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.methods.nuteprune.policy.NutePrunePolicy;
import dev.espalier.methods.nuteprune.work.NutePruneWork;
import dev.espalier.methods.oneshot.policy.OneShotPolicy;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.worker.stage.Stages;
import dev.espalier.worker.work.Repertoire;
import java.util.List;

/** All ways of pruning that there are. */
public final class Methods {
    private static final List<Method> POLICIES = List.of(
            new NutePrunePolicy(),
            OneShotPolicy.closedForm("obs"),
            OneShotPolicy.byScores("magnitude", false),
            OneShotPolicy.byScores("wanda-sp", true));

    private static final StageKinds STAGES = StageKinds.of(POLICIES);

    private Methods() {}

    /** The stages that a coordinator leads runs through. */
    public static StageKinds stages() {
        return STAGES;
    }

    /** What workers do. */
    public static Repertoire work() {
        return new Repertoire(
                Stages.ALL,
                List.of(
                        NutePruneWork.LEGS,
                        OneShotWork.closedForm("obs"),
                        OneShotWork.byScores("magnitude"),
                        OneShotWork.byScores("wanda-sp")),
                List.of(new Obs(), new Magnitude(), new WandaSp()),
                List.of());
    }

    /** The one of that name, as the coordinator sees it. */
    public static Method policy(String name) {
        return POLICIES.stream()
                .filter(method -> method.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method " + name));
    }
}
