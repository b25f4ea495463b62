package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.RunState;
import dev.espalier.coordinator.StageRecord;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import java.util.List;
import java.util.Optional;

/**
 * A run as one of its stages looks at it.
 *
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
        return record().map(StageRecord::notes).orElse(List.of());
    }

    /** The accumulators: the artefact that the calibrate stage left among the blobs. */
    public Optional<BlobRef> calibration() {
        return state.stage(Stage.CALIBRATE).stream()
                .flatMap(record -> record.artefacts().stream())
                .filter(artefact -> artefact.path().startsWith(BlobFolder.NAME + "/"))
                .findFirst()
                .map(artefact -> new BlobRef(artefact.sha256(), artefact.bytes()));
    }
}
