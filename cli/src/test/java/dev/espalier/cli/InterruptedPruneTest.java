package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.folder.EventFileReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("endurance")
class InterruptedPruneTest {
    private static final int STEPS = 30;
    private static final String SET = "prune.steps=" + STEPS;

    @TempDir
    Path folder;

    @Test
    void aKilledRunGoesOnAfterItsLastMergedSlice() throws Exception {
        TinyRun run = TinyRun.in(folder);
        Files.createDirectory(run.out());

        afterTheFirstSlice(run, Process::destroyForcibly);
        assertThat(run.manifest().path("state").asText()).isEqualTo("RUNNING");
        Cli result = run.prune(SET);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).contains("calibrate   already done");
        assertThat(run.manifest().path("state").asText()).isEqualTo("COMPLETED");
        List<Integer> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            if (step.path("stage").asText().equals("prune")) {
                steps.add(step.path("step").asInt());
            }
        }
        assertThat(steps).hasSize(STEPS).isSorted().doesNotHaveDuplicates();
        assertThat(EventFileReader.steps(run.out()).stream()
                        .filter(told -> told.values().containsKey("prune/loss"))
                        .map(told -> (int) told.step()))
                .as("TensorBoard is told the same")
                .containsExactlyElementsOf(steps);
    }

    @Test
    void aSignalEndsTheProcessAtOnceWhileItComputes() throws Exception {
        TinyRun run = TinyRun.in(folder);
        Files.createDirectory(run.out());

        int code = afterTheFirstSlice(run, Process::destroy);

        assertThat(code).isEqualTo(Interruption.EXIT_CODE);
        assertThat(folder.resolve("killed.log"))
                .content()
                .contains("interrupted; the same command again goes on from here")
                .doesNotContain("fatal error");
        Cli result = run.prune(SET);
        assertThat(result.code()).as(result.err()).isZero();
    }

    private static int afterTheFirstSlice(TinyRun run, Consumer<Process> end) throws Exception {
        try (WatchService watch = FileSystems.getDefault().newWatchService()) {
            run.out().register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            Process process = start(run);
            try {
                while (merged(run) == 0) {
                    WatchKey changed = watch.poll(3, TimeUnit.MINUTES);
                    assertThat(changed).as("a change of the run folder").isNotNull();
                    assertThat(process.isAlive()).as("the run is at work").isTrue();
                    changed.pollEvents();
                    changed.reset();
                }
                end.accept(process);
                return process.waitFor();
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static int merged(TinyRun run) throws IOException {
        return Files.exists(run.out().resolve("manifest.json"))
                ? run.manifest().at("/student/version").asInt()
                : 0;
    }

    private static Process start(TinyRun run) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Espalier.class.getName(),
                "prune",
                run.config().toString(),
                "--out",
                run.out().toString(),
                "--set",
                SET);
        File log = run.folder().resolve("killed.log").toFile();
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
    }
}
