package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArtefactIntakeTest {
    private static final String WEIGHTS = "stages/prune/model/model.safetensors";

    @TempDir
    Path directory;

    private BlobFolder blobs;
    private ArtefactIntake intake;

    @BeforeEach
    void open() {
        blobs = BlobFolder.in(directory);
        intake = new ArtefactIntake(directory);
    }

    @Test
    void anUploadedArtefactAppearsAtItsPathAndCostsNoSecondCopy() throws IOException {
        Artefact artefact = uploaded(WEIGHTS, "weights");
        assertThat(intake.take(List.of(artefact))).isEmpty();
        assertThat(directory.resolve(WEIGHTS)).hasContent("weights");
        assertThat(Files.isSameFile(directory.resolve(WEIGHTS), blobs.path(blob(artefact))))
                .isTrue();
    }

    @Test
    void anArtefactThatAWorkerLeftInTheSharedFolderCanBeFetchedByOthers() throws IOException {
        Path file = directory.resolve(WEIGHTS);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "weights");
        Artefact artefact = new Artefact(WEIGHTS, Sha256.of(file), Files.size(file));
        assertThat(intake.take(List.of(artefact))).isEmpty();
        assertThat(blobs.verify(blob(artefact))).hasContent("weights");
    }

    @Test
    void takingAResultTwiceOrANewVersionOfItWorks() throws IOException {
        assertThat(intake.take(List.of(uploaded(WEIGHTS, "first")))).isEmpty();
        assertThat(intake.take(List.of(uploaded(WEIGHTS, "first")))).isEmpty();
        assertThat(intake.take(List.of(uploaded(WEIGHTS, "other")))).isEmpty();
        assertThat(directory.resolve(WEIGHTS)).hasContent("other");
        assertThat(blobs.find(Sha256.of("first".getBytes(StandardCharsets.UTF_8))))
                .isPresent();
    }

    @Test
    void aBlobMayBeAnArtefactUnderItsOwnName() throws IOException {
        BlobRef blob = blob(uploaded("unused", "accumulators"));
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        assertThat(intake.take(List.of(artefact))).isEmpty();
        assertThat(blobs.verify(blob)).hasContent("accumulators");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../elsewhere/file",
                "stages/../../elsewhere",
                "stages/../run.conf",
                "run.conf",
                "journal/journal.db",
                "blobs/ab/abcd",
                ".lock",
                "stages/.hidden",
                "stages/a\u0000b"
            })
    void aPathThatIsNotInAStagesFolderIsRefusedAndNothingWritten(String path) throws IOException {
        Artefact good = uploaded("export/hf/config.json", "{}");
        assertThat(intake.take(List.of(good, uploaded(path, "evil")))).isPresent();
        try (var files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allMatch(file -> file.startsWith(directory.resolve("blobs")));
        }
    }

    @Test
    void aSymbolicLinkIsNotFollowedOutOfTheFolder(@TempDir Path elsewhere) throws IOException {
        Files.createSymbolicLink(directory.resolve("stages"), elsewhere);
        assertThat(intake.take(List.of(uploaded("stages/file", "evil"))))
                .hasValueSatisfying(fault -> assertThat(fault).contains("symbolic link"));
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void anArtefactThatWasNotDeliveredIsNamed() throws IOException {
        Artefact missing = new Artefact(WEIGHTS, "ab".repeat(32), 10);
        assertThat(intake.take(List.of(missing)))
                .hasValueSatisfying(fault -> assertThat(fault).contains(WEIGHTS).contains("not delivered"));
    }

    @Test
    void aHashThatIsNoneIsRefused() throws IOException {
        assertThat(intake.take(List.of(new Artefact(WEIGHTS, "../../../etc/passwd", 10))))
                .isPresent();
    }

    private Artefact uploaded(String path, String content) throws IOException {
        BlobRef blob = blobs.put(file -> Files.writeString(file, content));
        return new Artefact(path, blob.sha256(), blob.bytes());
    }

    private static BlobRef blob(Artefact artefact) {
        return new BlobRef(artefact.sha256(), artefact.bytes());
    }
}
