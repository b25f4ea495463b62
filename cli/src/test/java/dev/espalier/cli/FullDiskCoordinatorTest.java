package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk with a coordinator's journal and runs fills up while a run trains, and has room again. */
@Tag("endurance")
class FullDiskCoordinatorTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("coordinators"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()) == 0;
        assumeTrue(mounted, "this process may not mount a tmpfs: the full disk is not tested");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", "--lazy", disk.toString())).isZero();
        }
    }

    @Test
    void theRunGoesOnByItselfWhenThereIsRoomAndReadinessAndMetersTellOfIt() throws Exception {
        try (NodeGroup nodes = new NodeGroup(folder, "full-disk-coordinator-test", 1, List.of())) {
            CoordinatorProcess coordinator = nodes.coordinator(0);
            Eventually.holds(LONG, coordinator::ready);
            nodes.worker("worker", "see-run-folders=false");
            TinyRun tiny = TinyRun.in(folder);
            Cli submitted = Cli.run(
                    "submit",
                    tiny.config(),
                    "--url",
                    coordinator.url(),
                    "--set",
                    "run.name=tiny",
                    "--set",
                    "prune.steps=300",
                    "--set",
                    "cluster.inner-steps=5");
            assertThat(submitted.code()).as(submitted.err()).isZero();
            Path metrics = disk.resolve("runs/tiny/metrics.jsonl");
            Eventually.holds(LONG, () -> Files.exists(metrics) && Files.size(metrics) > 0);
            Path filler = disk.resolve("filler");
            fill(filler);
            Eventually.holds(LONG, () -> says(coordinator, "cannot be written"));
            Eventually.holds(LONG, () -> broken(coordinator, 1));
            Files.delete(filler);
            Eventually.holds(LONG, coordinator::ready);
            Eventually.holds(LONG, () -> broken(coordinator, 0));
            Eventually.holds(LONG, () -> coordinator.state("tiny").orElse("").equals("COMPLETED"));
        }
    }

    /** To the last byte, also that which the run leaves when it gives up on a file. */
    private void fill(Path filler) throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            for (; ; ) {
                out.write(new byte[4096]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean says(CoordinatorProcess coordinator, String trouble) throws Exception {
        return coordinator
                .get("/ready")
                .filter(answer -> answer.statusCode() == 503 && answer.body().contains(trouble))
                .isPresent();
    }

    private static boolean broken(CoordinatorProcess coordinator, int value) throws Exception {
        Optional<HttpResponse<String>> measures = coordinator.get("/metrics");
        return measures.isPresent()
                && measures.get()
                        .body()
                        .lines()
                        .anyMatch(line -> line.startsWith("espalier_run_state{")
                                && line.contains("state=\"broken\"")
                                && Double.parseDouble(line.substring(line.lastIndexOf(' '))) == value);
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
