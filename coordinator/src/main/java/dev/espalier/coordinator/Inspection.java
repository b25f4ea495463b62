package dev.espalier.coordinator;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.DamagedBlobException;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again what stages left and compares lengths and hashes: no stage counts as complete before, and after a
 * restart nothing is trusted unseen. Damaged blobs are deleted. It reads every byte, so it runs on a thread that may block.
 */
final class Inspection {
    private static final Logger LOG = LoggerFactory.getLogger(Inspection.class);

    private final Path directory;
    private final BlobFolder blobs;

    Inspection(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        blobs = BlobFolder.in(this.directory);
    }

    /** The first damage in what the run relies on, earliest stage first. */
    Optional<Damage> ofAll(RunState state) {
        return state.stages().stream()
                .flatMap(record -> ofStage(state, record).stream())
                .findFirst();
    }

    /** The first damage in what one stage left. */
    Optional<Damage> ofStage(RunState state, StageRecord record) {
        Stream<Optional<String>> artefacts = record.artefacts().stream().map(this::fault);
        Stream<Optional<String>> versions = neededBlobs(state, record).stream().map(this::fault);
        return Stream.concat(artefacts, versions)
                .flatMap(Optional::stream)
                .findFirst()
                .map(cause -> new Damage(record.stage(), cause));
    }

    /** Student versions of the stage that later work starts from. */
    private static List<BlobRef> neededBlobs(RunState state, StageRecord record) {
        Optional<Stage> current = state.current().map(StageRecord::stage);
        boolean continues = current.filter(stage -> stage == record.stage()).isPresent();
        boolean exports = record.stage() == Stage.RECOVER
                && current.filter(stage -> stage == Stage.EXPORT).isPresent();
        Stream<BlobRef> student = continues || exports ? record.student().stream() : Stream.empty();
        Stream<BlobRef> teachers = continues && record.stage() == Stage.PRUNE
                ? state.teachers().stream().map(TaggedTeacher::student)
                : Stream.empty();
        Stream<BlobRef> memory = continues
                ? Stream.concat(record.lanes().stream().map(Lane::moments), record.outer().stream())
                : Stream.empty();
        return Stream.of(student, teachers, memory)
                .flatMap(blobs -> blobs)
                .distinct()
                .toList();
    }

    private Optional<String> fault(BlobRef blob) {
        try {
            blobs.verify(blob);
            return Optional.empty();
        } catch (IOException e) {
            if (e instanceof DamagedBlobException) {
                forget(blob);
            }
            return Optional.of("a student version cannot be used: " + e.getMessage());
        }
    }

    /** What is wrong with a file that a stage left, in one sentence; empty if nothing. */
    Optional<String> fault(Artefact artefact) {
        Path file = directory.resolve(artefact.path()).normalize();
        if (!file.startsWith(directory)) {
            return Optional.of("artefact " + artefact.path() + " is outside the run folder");
        }
        try {
            if (!Files.isRegularFile(file)) {
                return Optional.of("artefact " + artefact.path() + " is missing");
            } else if (Files.size(file) != artefact.bytes()) {
                return Optional.of("artefact " + artefact.path() + " is " + Files.size(file) + " bytes long instead of "
                        + artefact.bytes());
            } else if (!Sha256.of(file).equals(artefact.sha256())) {
                forget(new BlobRef(artefact.sha256(), artefact.bytes()));
                return Optional.of("artefact " + artefact.path() + " is damaged: its SHA-256 differs");
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("artefact " + artefact.path() + " cannot be read: " + e.getMessage());
        }
    }

    /** Whoever makes the content again would not deliver it if it seemed to be there. */
    private void forget(BlobRef damaged) {
        try {
            blobs.delete(damaged);
        } catch (IOException e) {
            LOG.warn("cannot delete the damaged blob {}", damaged.sha256(), e);
        }
    }
}
