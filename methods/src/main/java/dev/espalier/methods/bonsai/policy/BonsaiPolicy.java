package dev.espalier.methods.bonsai.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.gates.StartScores;
import dev.espalier.methods.masked.policy.MaskLearning;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Set;

/** Bonsai on the coordinator: a version of the student says which units are gone, and what was measured in this round. */
public final class BonsaiPolicy implements Method {
    private static final MaskLearning LEARNING = new MaskLearning(new Versions());

    @Override
    public String name() {
        return BonsaiKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return StartScores.calibrated(config.prune());
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
