package dev.espalier.coordinator.blobs;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.ContainedPath;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Gives the files of a result both their names in the run folder: the path they are used under, and the hash under
 * which workers that do not see the folder upload and fetch them. Two names of one file take the space of one.
 */
public final class ArtefactIntake {
    /** Where stages leave files. What else a run folder holds is the coordinator's. */
    private static final List<String> FOLDERS = List.of("stages/", "export/");

    private final Path directory;
    private final BlobFolder blobs;

    /** @param directory the run folder */
    public ArtefactIntake(Path directory) {
        this.directory = directory;
        blobs = BlobFolder.in(directory);
    }

    /**
     * Takes all artefacts of a result, or none if one is at fault. Nothing is hashed here: an upload was as it came,
     * and no stage counts as complete before its files were read again. Taking a result twice changes nothing.
     *
     * @return what is wrong with the result, in one sentence; empty if nothing
     * @throws IOException if the run folder cannot be read or written
     */
    public Optional<String> take(List<Artefact> artefacts) throws IOException {
        for (Artefact artefact : artefacts) {
            Optional<String> fault = fault(artefact);
            if (fault.isPresent()) {
                return fault;
            }
        }
        for (Artefact artefact : artefacts) {
            link(directory.resolve(artefact.path()), new BlobRef(artefact.sha256(), artefact.bytes()));
        }
        return Optional.empty();
    }

    private Optional<String> fault(Artefact artefact) throws IOException {
        if (!BlobRef.isHash(artefact.sha256()) || artefact.bytes() < 0) {
            return Optional.of("an artefact has no SHA-256 or no length");
        }
        BlobRef blob = new BlobRef(artefact.sha256(), artefact.bytes());
        try {
            Path file = ContainedPath.resolve(directory, artefact.path());
            boolean allowed = artefact.path().equals(BlobFolder.pathInRun(blob))
                    || FOLDERS.stream().anyMatch(artefact.path()::startsWith);
            if (!allowed) {
                return Optional.of("artefact " + artefact.path() + " is neither in stages/ nor in export/");
            } else if (!blobs.holds(blob) && !isThere(file, blob)) {
                return Optional.of("artefact " + artefact.path() + " was not delivered: there is no blob "
                        + blob.sha256() + " of " + blob.bytes() + " bytes");
            }
            return Optional.empty();
        } catch (FileSystemException e) {
            return Optional.of("an artefact's path is refused: " + e.getMessage());
        }
    }

    /** A blob was verified as it came, so it wins over another file of the same path. */
    private void link(Path file, BlobRef blob) throws IOException {
        if (!blobs.holds(blob)) {
            blobs.link(blob, file);
        } else if (!Files.exists(file) || !Files.isSameFile(file, blobs.path(blob))) {
            AtomicFiles.link(blobs.path(blob), file);
        }
    }

    private static boolean isThere(Path file, BlobRef blob) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) == blob.bytes();
    }
}
