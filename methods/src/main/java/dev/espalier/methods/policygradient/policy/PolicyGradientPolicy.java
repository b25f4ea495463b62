package dev.espalier.methods.policygradient.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.masked.policy.MaskLearning;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.distribution.EarlierRun;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Policy gradients on the coordinator: the version of the student is the distribution, which it holds itself. */
public final class PolicyGradientPolicy implements Method {
    private static final MaskLearning LEARNING = new MaskLearning(new Versions());

    @Override
    public String name() {
        return PolicyGradientKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return PolicyGradientKeys.metrics(config.prune());
    }

    @Override
    public void checkFiles(RunConfig config) throws IOException {
        if (PolicyGradientKeys.of(config).startFrom().isPresent()) {
            EarlierRun.of(config);
        }
    }

    @Override
    public List<Leg> legs(RunView run) {
        return LEARNING.legs(run);
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return LEARNING.errand(run, leg);
    }
}
