package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.mix.DomainMix;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import java.util.List;
import java.util.Optional;

/**
 * A run as one of its stages looks at it.
 *
 * @param config with the targets of rounds until the stage's own
 * @param state before the run begins, {@link RunState#NONE}
 */
public record RunView(RunConfig config, RunState state, Stage stage) {
    /** How far the stage is; empty before the run begins. */
    public Optional<StageRecord> record() {
        return state.stage(stage);
    }

    /** The newest student that the stage has made. */
    public Optional<BlobRef> student() {
        return record().flatMap(StageRecord::student);
    }

    /** What the stage remembers, oldest first. */
    public List<Note> notes() {
        return record().stream()
                .flatMap(record -> record.notes().stream())
                .filter(note -> !DomainMix.made(note))
                .toList();
    }

    /** The rounds that it consists of. */
    public Rounds rounds() {
        return Rounds.of(config.stages());
    }

    /** Folder of the smaller model that the stage goes on from, relative to the run folder; empty where nothing is pruned yet. */
    public Optional<String> model() {
        return rounds().prunedBefore(stage).map(RunLayout::model);
    }

    /** The student that was trained on that model after it was made. */
    public Optional<BlobRef> recovered() {
        return rounds().prunedBefore(stage)
                .flatMap(rounds()::recoveryOf)
                .flatMap(state::stage)
                .flatMap(StageRecord::student);
    }

    /** The accumulators: the artefact that the calibrate stage of this round left among the blobs. */
    public Optional<BlobRef> calibration() {
        return rounds().calibrationOf(stage).flatMap(state::stage).stream()
                .flatMap(record -> record.artefacts().stream())
                .filter(artefact -> artefact.path().startsWith(BlobFolder.NAME + "/"))
                .findFirst()
                .map(artefact -> new BlobRef(artefact.sha256(), artefact.bytes()));
    }
}
