package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk with the run folder fills up while the run goes on. */
@Tag("endurance")
class FullDiskRunTest {
    @TempDir
    Path folder;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()) == 0;
        assumeTrue(mounted, "this process may not mount a tmpfs: the full disk is not tested");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            // Lazily: what was mapped into memory is let go when the collector sees to it.
            assertThat(run("umount", "--lazy", disk.toString())).isZero();
        }
    }

    @Test
    void aRunThatDoesNotFitIsNotBegun() throws Exception {
        TinyRun run = onDisk("tiny");
        fill(disk.resolve("filler"), 100);
        Cli full = run.prune("run.name=tiny");
        assertThat(full.code()).as(full.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(full.err()).contains("may grow to", "free some space");
        assertThat(run.out().resolve("manifest.json")).doesNotExist();
    }

    /** @param kilobytes what is left: not enough for an event, a student, a model */
    @ParameterizedTest
    @ValueSource(ints = {0, 60, 150})
    void aDiskThatFillsUpIsToldAndTheRunGoesOnWhenThereIsRoom(int kilobytes) throws Exception {
        String[] set = {"run.name=tiny", "prune.steps=40", "recover.steps=40"};
        TinyRun undisturbed = TinyRun.in(Files.createDirectory(folder.resolve("undisturbed")));
        assertThat(undisturbed.prune(set).code()).isZero();

        TinyRun run = onDisk("disturbed");
        Path filler = disk.resolve("filler");
        CompletableFuture<Void> filling = CompletableFuture.runAsync(() -> fillWhenTraining(run, filler, kilobytes));
        Cli full = run.prune(set);
        filling.join();
        assertThat(full.code()).as(full.err()).isIn(ExitCode.FAILED, ExitCode.WRONG_INPUT);
        assertThat(full.err()).containsIgnoringCase("no space left").doesNotContain("\tat ");

        Files.delete(filler);
        Cli again = run.prune(set);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(run.manifest().path("student"))
                .isEqualTo(undisturbed.manifest().path("student"));
    }

    private TinyRun onDisk(String name) throws IOException {
        TinyRun files = TinyRun.in(Files.createDirectory(folder.resolve(name)));
        return new TinyRun(files.folder(), files.config(), disk.resolve("out"));
    }

    private void fillWhenTraining(TinyRun run, Path filler, int leftKilobytes) {
        Path metrics = run.out().resolve("metrics.jsonl");
        try {
            while (!Files.exists(metrics) || Files.size(metrics) == 0) {
                Thread.onSpinWait();
            }
            fill(filler, leftKilobytes);
        } catch (IOException e) {
            // The run takes space at the same time: the disk is full even sooner.
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void fill(Path filler, int leftKilobytes) throws IOException {
        Files.write(filler, new byte[(int) (Files.getFileStore(disk).getUsableSpace() - leftKilobytes * 1024L)]);
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
