package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What real processes write into their logs about the work for a run. */
class LogsTest {
    @TempDir
    Path folder;

    @Test
    void nodesNameTheRunInEveryLineAboutIt() throws Exception {
        TinyRun tiny = TinyRun.in(folder);
        Path text = folder.resolve("text.txt");
        Path elsewhere = Files.move(text, folder.resolve("elsewhere.txt"));
        try (NodeGroup nodes = new NodeGroup(folder, "logs-test", 1, List.of())) {
            CoordinatorProcess coordinator = nodes.coordinators().get(0);
            NodeProcessHandle worker = nodes.worker("worker");
            Eventually.holds(TinyCluster.LONG, coordinator::ready);
            submit(coordinator, tiny);
            Eventually.holds(
                    TinyCluster.LONG,
                    () -> coordinator.state("pear").filter("FAILED"::equals).isPresent());
            Files.move(elsewhere, text);
            assertThat(coordinator.post("/api/v1/runs/pear/resume")).isPresent();
            Eventually.holds(
                    TinyCluster.LONG,
                    () -> coordinator.state("pear").filter("COMPLETED"::equals).isPresent());

            assertThat(lines(coordinator.node(), "calibrate", "prune", "export", "the run completed"))
                    .hasSizeGreaterThan(6)
                    .allMatch(line -> line.contains(" run=pear "));
            assertThat(lines(worker, "assignment"))
                    .isNotEmpty()
                    .allMatch(line -> line.contains(" run=pear ") && line.contains("does not exist"));
            assertThat(lines(coordinator.node(), "worker worker is there"))
                    .singleElement()
                    .asString()
                    .as("of no run")
                    .doesNotContain("run=");
        }
    }

    @Test
    void aLocalRunsLogNamesItInEveryLine() throws Exception {
        TinyRun tiny = TinyRun.in(folder);
        Files.createDirectories(tiny.out());
        ResolvedRun run = RunConfigReader.read(tiny.config(), List.of("run.name=pear"), Optional.of(tiny.out()));
        try (RunLog log = RunLog.open(run)) {
            Thread library =
                    new Thread(() -> LoggerFactory.getLogger("a.library").warn("something is odd"));
            library.start();
            library.join();
            assertThat(log.logged(new IOException("no space"))).hasMessageContaining("no space");
        }
        assertThat(Files.readAllLines(tiny.out().resolve("espalier.log")))
                .filteredOn(line -> line.matches("\\d{4}-.*"))
                .hasSize(2)
                .allMatch(line -> line.contains(" run=pear "));
    }

    private static void submit(CoordinatorProcess coordinator, TinyRun tiny) {
        Cli submitted = Cli.run("submit", tiny.config(), "--set", "run.name=pear", "--url", coordinator.url());
        assertThat(submitted.code()).as(submitted.err()).isZero();
    }

    /** Lines of a log that have one of the words; what the tests' own settings of the log add has no date. */
    private static List<String> lines(NodeProcessHandle node, String... words) throws IOException {
        return Files.readAllLines(node.log()).stream()
                .filter(line -> line.matches("\\d{4}-.*") && Stream.of(words).anyMatch(line::contains))
                .toList();
    }
}
