package dev.espalier.methods.mutualinformation.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.methods.oneshot.policy.OneShotPolicy;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Set;

/** One shot, by the scores of one of two metrics. */
public final class MutualInformationPolicy implements Method {
    private final Method shot = new OneShotPolicy(new OneShotKeys(MutualInformationKeys.NAME, true));

    @Override
    public String name() {
        return MutualInformationKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return Set.of(MutualInformationKeys.metric(config));
    }

    @Override
    public List<Leg> legs(RunView run) {
        return shot.legs(run);
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return shot.errand(run, leg, slice);
    }
}
