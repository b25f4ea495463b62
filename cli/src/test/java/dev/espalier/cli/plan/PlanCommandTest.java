package dev.espalier.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.cli.Cli;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code espalier plan} of the tiny model. */
class PlanCommandTest {
    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void prepare() throws IOException {
        run = TinyRun.in(folder);
    }

    @Test
    void everyStageIsToldAndNothingIsLeftOfTheProbe() throws IOException {
        // Of somebody else's.
        Files.createDirectory(folder.resolve("out.probe"));
        Cli planned = Cli.run("plan", run.config(), "--out", run.out(), "--json");
        assertThat(planned.code()).as(planned.err()).isEqualTo(ExitCode.DONE);
        JsonNode plan = new ObjectMapper().readTree(planned.out());
        assertThat(plan.path("stages").findValuesAsText("stage"))
                .containsExactly("calibrate", "prune", "recover", "export", "evaluate");
        double sum = 0;
        for (JsonNode stage : plan.path("stages")) {
            assertThat(stage.path("seconds").asDouble()).isPositive();
            assertThat(stage.path("host-bytes").asLong()).isGreaterThan(1L << 24);
            sum += stage.path("seconds").asDouble();
        }
        assertThat(plan.path("seconds").asDouble()).isCloseTo(sum, within(1e-9));
        assertThat(run.out()).doesNotExist();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .doesNotContain("out")
                    .noneMatch(name -> name.contains("probe-"))
                    .contains("out.probe");
        }
    }

    @Test
    void withoutProbeTheHeadersTellWhatTheRunLeadsTo() throws IOException {
        Cli planned = Cli.run("plan", run.config(), "--out", run.out(), "--json", "--no-probe");
        JsonNode plan = new ObjectMapper().readTree(planned.out());
        long after = plan.path("parameters").path("after").asLong();
        assertThat(plan.path("export-bytes").asLong()).isEqualTo(4 * after);
        assertThat(plan.has("seconds")).isFalse();

        Cli.run("prune", run.config(), "--out", run.out(), "--port", "none", "--set", "prune.method=magnitude");
        try (ModelFolder model = ModelFolder.open(run.out().resolve("export/hf"))) {
            assertThat(model.parameters()).isEqualTo(after);
        }
    }

    @Test
    void whatIsWrongIsToldBeforeAnythingIsProbed() throws IOException {
        Cli planned = Cli.run("plan", run.config(), "--set", "prune.stepps=3");
        assertThat(planned.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(planned.err()).contains("did you mean prune.steps").doesNotContain("probe");
    }

    @Test
    void whatCannotBeAskedOfAFewLayersIsToldAllTheSame() throws IOException {
        Cli planned = Cli.run(
                "plan",
                run.config(),
                "--out",
                run.out(),
                "--json",
                "--set",
                "model.path=" + Path.of("src/main/resources/demo/model").toAbsolutePath(),
                "--set",
                "stages=[prune, export]",
                "--set",
                "prune.method=layers",
                "--set",
                "prune.layers.select=prefix",
                "--set",
                "prune.layers.count=3");
        assertThat(planned.code()).as(planned.err()).isEqualTo(ExitCode.DONE);
        assertThat(planned.err()).contains("a few layers alone cannot be pruned as the run would");
        JsonNode stages = new ObjectMapper().readTree(planned.out()).path("stages");
        assertThat(stages.findValuesAsText("stage")).containsExactly("prune", "export");
    }

    @Test
    void theFirstLayersOfAModelAreAModel() throws IOException {
        try (ModelFolder model = ModelFolder.open(folder.resolve("model"))) {
            ShortModel.write(model, 1, folder.resolve("short"));
            try (ModelFolder cut = ModelFolder.open(folder.resolve("short"))) {
                assertThat(cut.config().layers()).hasSize(1);
                for (String name : cut.weights().names()) {
                    assertThat(cut.weights().bytes(name))
                            .as(name)
                            .isEqualTo(model.weights().bytes(name));
                }
            }
        }
        assertThat(folder.resolve("short/tokenizer.json"))
                .hasSameBinaryContentAs(folder.resolve("model/tokenizer.json"));
        assertThat(Files.isRegularFile(folder.resolve("short/config.json"))).isTrue();
    }
}
