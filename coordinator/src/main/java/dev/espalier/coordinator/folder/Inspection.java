package dev.espalier.coordinator.folder;

import dev.espalier.coordinator.merge.TensorScan;
import dev.espalier.coordinator.state.Lane;
import dev.espalier.coordinator.state.ResumePoint;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.DamagedBlobException;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again what stages left and compares lengths and hashes: no stage counts as complete before, and after a
 * restart nothing that is needed is trusted unseen. Damaged blobs are deleted. It reads every byte, so it runs on a thread
 * that may block.
 */
public final class Inspection {
    private static final Logger LOG = LoggerFactory.getLogger(Inspection.class);

    private final Path directory;
    private final BlobFolder blobs;

    public Inspection(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        blobs = BlobFolder.in(this.directory);
    }

    /**
     * The first damage in what the run relies on, earliest stage first.
     *
     * @throws UncheckedIOException if the whole folder is away: that mends whoever took it, not doing all again
     */
    public Optional<Damage> ofAll(RunState state) {
        if (!Files.isDirectory(directory)) {
            throw new UncheckedIOException(
                    new NoSuchFileException(directory.toString(), null, "the run folder is not there; is it mounted?"));
        }
        return state.stages().stream()
                .flatMap(record -> ofStage(state, record).stream())
                .findFirst();
    }

    /** The first damage in what one stage left. */
    public Optional<Damage> ofStage(RunState state, StageRecord record) {
        Stream<Optional<String>> artefacts =
                neededArtefacts(state, record).stream().map(this::fault);
        Stream<Optional<String>> versions = neededBlobs(state, record).stream().map(this::fault);
        return Stream.concat(artefacts, versions)
                .flatMap(Optional::stream)
                .findFirst()
                .map(cause -> new Damage(record.stage(), cause, newestIntact(state, record.stage())));
    }

    /** Files of a finished run that are not there with their full length: a quick look that reads none of them. */
    public List<Artefact> missing(RunState state) {
        return state.stages().stream()
                .flatMap(record -> neededArtefacts(state, record).stream())
                .filter(artefact -> !isThere(artefact))
                .toList();
    }

    private boolean isThere(Artefact artefact) {
        Path file = directory.resolve(artefact.path());
        try {
            return Files.isRegularFile(file) && Files.size(file) == artefact.bytes();
        } catch (IOException e) {
            LOG.warn("cannot look at {}", file, e);
            return false;
        }
    }

    /** The accumulators serve the prune stage that comes after them; what other stages leave is there to stay. */
    private static List<Artefact> neededArtefacts(RunState state, StageRecord record) {
        Optional<Stage> served = Rounds.of(stages(state)).pruningOf(record.stage());
        boolean needed = state.current()
                .map(StageRecord::stage)
                .filter(current -> current.equals(record.stage())
                        || served.filter(prune -> current.equals(prune)
                                        || state.after(current).contains(prune))
                                .isPresent())
                .isPresent();
        return record.artefacts().stream()
                .filter(artefact -> needed || !artefact.path().startsWith(BlobFolder.NAME + "/"))
                .toList();
    }

    /** The newest version that the stage made and can go on from, with all that this takes. */
    private OptionalInt newestIntact(RunState state, Stage stage) {
        return IntStream.iterate(state.students().size(), version -> version > 0, version -> version - 1)
                .filter(version -> state.resumePoint(stage, version)
                        .filter(point -> isIntact(point, state.students().get(version - 1)))
                        .isPresent())
                .findFirst();
    }

    private boolean isIntact(ResumePoint point, BlobRef student) {
        Stream<BlobRef> versions =
                Stream.concat(Stream.of(student), point.record().kept());
        Stream<Optional<String>> faults = Stream.concat(
                versions.map(this::fault), point.record().artefacts().stream().map(this::fault));
        return faults.allMatch(Optional::isEmpty);
    }

    /** Student versions of the stage that later work starts from. */
    private static List<BlobRef> neededBlobs(RunState state, StageRecord record) {
        Optional<Stage> current = state.current().map(StageRecord::stage);
        boolean continues =
                current.filter(stage -> stage.equals(record.stage())).isPresent();
        Stream<BlobRef> student = continues || isTaken(state, record) ? record.student().stream() : Stream.empty();
        Stream<BlobRef> kept = continues ? record.kept() : Stream.empty();
        Stream<BlobRef> memory = continues
                ? Stream.concat(record.lanes().stream().map(Lane::moments), record.outer().stream())
                : Stream.empty();
        return Stream.of(student, kept, memory)
                .flatMap(blobs -> blobs)
                .distinct()
                .toList();
    }

    /** Whether the current stage takes the student that training ended with: at once, into a model of its own. */
    private static boolean isTaken(RunState state, StageRecord record) {
        return record.stage().trainsWhatIsLeft()
                && state.current()
                        .filter(current -> !current.begun()
                                && !current.stage().equals(Stage.EVALUATE)
                                && state.after(record.stage()).indexOf(current.stage()) == 0)
                        .isPresent();
    }

    private static List<Stage> stages(RunState state) {
        return state.stages().stream().map(StageRecord::stage).toList();
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
        return fault(artefact, file -> new TensorScan.Found(Sha256.of(file), Optional.empty()));
    }

    /** The same of a file of weights, which must be finite; it is read once. */
    Optional<String> faultOfWeights(Artefact artefact) {
        return fault(artefact, file -> {
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                return TensorScan.of(file, reader);
            } catch (UserError e) {
                // It may be damaged, and its hash tells that.
                return new TensorScan.Found(Sha256.of(file), Optional.of(e.getMessage()));
            }
        });
    }

    private interface Reading {
        TensorScan.Found of(Path file) throws IOException;
    }

    private Optional<String> fault(Artefact artefact, Reading reading) {
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
            }
            TensorScan.Found found = reading.of(file);
            if (!found.sha256().equals(artefact.sha256())) {
                forget(new BlobRef(artefact.sha256(), artefact.bytes()));
                return Optional.of("artefact " + artefact.path() + " is damaged: its SHA-256 differs");
            }
            return found.notFinite().map(what -> "artefact " + artefact.path() + " is bad: " + what);
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
