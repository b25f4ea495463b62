package dev.espalier.methods.masked.policy;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import java.util.List;
import java.util.Optional;

/**
 * The legs of a prune stage that learns from the losses of masks: the first version is made, then versions follow from what
 * workers measure, then the last one is cut by.
 *
 * @param maker of versions
 */
public record MaskLearning(VersionMaker maker) {

    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        return List.of(
                new Leg.Once(MaskLegs.START, Work.Kind.BUILD, Optional.empty(), Optional.empty()),
                new Leg.Steps(
                        MaskLegs.LEARN,
                        0,
                        prune.steps(),
                        Optional.empty(),
                        false,
                        new Leg.Text(0, prune.batchSize()),
                        Optional.of(new Leg.Sampling(start(run), maker))),
                new Leg.Once(
                        MaskLegs.CUT, Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
    }

    public Errand errand(RunView run, Leg leg) {
        Work.Reads reads = Work.Reads.NOTHING.blob(MaskLegs.START, start(run));
        return Errand.of(
                switch (leg.name()) {
                    case MaskLegs.START -> Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration());
                    case MaskLegs.CUT -> reads.version(run.student());
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
