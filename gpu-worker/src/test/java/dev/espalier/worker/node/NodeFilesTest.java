package dev.espalier.worker.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.RemoteRunFiles;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.transfer.SharedRunFiles;
import dev.espalier.worker.transfer.TransferSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which run folders a worker uses itself. */
class NodeFilesTest {
    private static final String TEXT = "seed = 1";

    @TempDir
    Path folder;

    private Path run;
    private Path config;
    private WorkerHome home;

    @BeforeEach
    void makeARunFolder() throws IOException {
        run = Files.createDirectory(folder.resolve("run"));
        config = Files.writeString(run.resolve("run.conf"), TEXT);
        home = WorkerHome.take(folder.resolve("home"));
    }

    @Test
    void aRunFolderThatIsSeenAndCanBeWrittenIsUsedItself() throws IOException {
        assertThat(open(true)).isEqualTo(new SharedRunFiles(run));
        Files.createDirectory(run.resolve("blobs"));
        assertThat(open(true)).isEqualTo(new SharedRunFiles(run));
    }

    @Test
    void aRunFolderIsNotEvenLookedForIfTheConfigurationSaysSo() throws IOException {
        assertThat(open(false)).isInstanceOf(RemoteRunFiles.class);
    }

    @Test
    void aFolderWithAnotherConfigurationIsThatOfAnotherRun() throws IOException {
        Files.writeString(config, "seed = 2");
        assertThat(open(true)).isInstanceOf(RemoteRunFiles.class);
        Files.delete(config);
        assertThat(open(true)).isInstanceOf(RemoteRunFiles.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "blobs", "stages", "export"})
    void aFolderThatIsMountedReadOnlyIsLeftToTheCoordinator(String part) throws Exception {
        Path readOnly = Files.createDirectories(run.resolve(part));
        mountReadOnly(readOnly);
        try {
            assertThat(open(true)).isInstanceOf(RemoteRunFiles.class);
        } finally {
            assertThat(run("umount", readOnly.toString())).isZero();
        }
        assertThat(open(true)).isEqualTo(new SharedRunFiles(run));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "blobs", "stages", "export"})
    void aFolderThatBelongsToAnotherUserIsLeftToTheCoordinator(String part) throws IOException {
        Path anothers = Files.createDirectories(run.resolve(part));
        Files.setPosixFilePermissions(anothers, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeFalse(Files.isWritable(anothers), "root may write everywhere: permissions are not tested");
        assertThat(open(true)).isInstanceOf(RemoteRunFiles.class);
    }

    @Test
    void aConfigurationThatCannotBeReadIsLeftToTheCoordinator() throws IOException {
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(config), "root may read everything: permissions are not tested");
        assertThat(open(true)).isInstanceOf(RemoteRunFiles.class);
    }

    private RunFiles open(boolean looks) throws IOException {
        Assignment assignment = new Assignment(
                new AssignmentKey("run-1", Stage.CALIBRATE, 0, 1),
                TEXT,
                run.toString(),
                Optional.of("http://127.0.0.1:1"),
                Optional.empty(),
                List.of(),
                Work.once(Work.Kind.BUILD, "scores", Work.Reads.NOTHING, Optional.empty()));
        return new NodeFiles(home, looks, 1 << 20, NodeFilesTest::client).open(assignment);
    }

    private static BlobClient client(URI server) {
        TransferSettings settings =
                new TransferSettings(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(60), 1, 1 << 20);
        return new BlobClient(
                HttpClient.newHttpClient(), server, Optional.empty(), settings, new BlobMeters(Meters.none()));
    }

    /** Holds for root, too. */
    private static void mountReadOnly(Path directory) throws Exception {
        String path = directory.toString();
        assumeTrue(
                run("mount", "--bind", path, path) == 0,
                "this process may not mount: a folder that is mounted read-only is not tested");
        assertThat(run("mount", "-o", "remount,bind,ro", path)).isZero();
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
