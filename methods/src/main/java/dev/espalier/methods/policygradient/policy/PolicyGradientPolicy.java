package dev.espalier.methods.policygradient.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.policygradient.PolicyGradient;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Policy gradients on the coordinator: the version of the student is the distribution, which it holds itself. */
public final class PolicyGradientPolicy implements Method {
    @Override
    public String name() {
        return PolicyGradientKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return PolicyGradientKeys.metrics(config.prune());
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        return List.of(
                new Leg.Once(PolicyGradient.START, Work.Kind.BUILD, Optional.empty(), Optional.empty()),
                new Leg.Steps(
                        PolicyGradient.LEARN,
                        0,
                        prune.steps(),
                        Optional.empty(),
                        false,
                        new Leg.Text(0, prune.batchSize()),
                        Optional.of(new Leg.Sampling(start(run), new Versions()))),
                new Leg.Once(
                        PolicyGradient.CUT,
                        Work.Kind.BUILD,
                        Optional.empty(),
                        Optional.of(RunLayout.model(run.stage()))));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Work.Reads reads = Work.Reads.NOTHING.blob(PolicyGradient.START, start(run));
        return Errand.of(
                switch (leg.name()) {
                    case PolicyGradient.START -> Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration());
                    case PolicyGradient.CUT -> reads.version(run.student());
                    default -> reads;
                });
    }

    /** What the first leg left. */
    private static Optional<BlobRef> start(RunView run) {
        return run.record().stream()
                .flatMap(record -> record.artefacts().stream())
                .filter(artefact -> artefact.path().startsWith(BlobFolder.NAME + "/"))
                .findFirst()
                .map(artefact -> new BlobRef(artefact.sha256(), artefact.bytes()));
    }
}
