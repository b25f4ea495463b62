package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.worker.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PruneCommandTest {
    @TempDir
    Path folder;

    @Test
    void aCheckpointGoesInAndASmallerMeasuredOneComesOut() throws IOException {
        TinyRun run = TinyRun.in(folder);

        Cli result = run.prune();

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("dense", "after prune", "after recover", "report.html", "export/hf");
        JsonNode manifest = run.manifest();
        assertThat(manifest.path("state").asText()).isEqualTo("COMPLETED");
        assertThat(manifest.path("stages"))
                .hasSize(5)
                .allSatisfy(stage -> assertThat(stage.path("state").asText()).isEqualTo("COMPLETED"));
        // one channel of each layer more or less is 1.2 points at this size
        assertThat(manifest.at("/parameters/sparsity").asDouble()).isCloseTo(0.3, within(0.02));
        for (String when : new String[] {"before", "after-prune", "after-recover"}) {
            JsonNode measured = manifest.path("evaluation").path(when);
            assertThat(measured.at("/perplexity/0/value").asDouble()).as(when).isGreaterThan(1);
            assertThat(measured.at("/choices/0/n").asInt()).as(when).isEqualTo(3);
        }
        assertThat(Files.readAllLines(run.out().resolve("metrics.jsonl"))).hasSize(12);
        assertThat(run.out().resolve("report.html")).content().contains("What it cost", "What is left");
        assertThat(run.out().resolve("export/hf/README.md")).content().contains("How to load it", "after recover");
        try (ModelFolder exported = ModelFolder.open(run.out().resolve("export/hf"))) {
            assertThat(exported.parameters())
                    .isEqualTo(manifest.at("/parameters/after").asLong())
                    .isLessThan(manifest.at("/parameters/before").asLong());
        }
    }

    @Test
    void theSameCommandAgainDoesNothing() throws IOException {
        TinyRun run = TinyRun.in(folder);
        run.prune("prune.method=magnitude", "stages=[calibrate,prune,export,evaluate]");
        byte[] weights = Files.readAllBytes(run.out().resolve("export/hf/model.safetensors"));
        JsonNode manifest = run.manifest();

        Cli again = run.prune("prune.method=magnitude", "stages=[calibrate,prune,export,evaluate]");

        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out()).contains("exported", "report.html");
        assertThat(run.manifest()).isEqualTo(manifest);
        assertThat(run.out().resolve("export/hf/model.safetensors")).hasBinaryContent(weights);
    }

    @Test
    void theModelIsWrittenInTheFormatsThatAreAskedForAndFormerOnesGo() throws IOException {
        TinyRun run = TinyRun.in(folder);
        String[] settings = {"prune.method=magnitude", "stages=[prune,export]", "export.formats=[hf,gguf]"};
        Cli first = run.prune(settings[0], settings[1], "export.formats=[hf,gguf,hf-padded,nemotron-nas]");
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(run.out().resolve("export/hf-padded/model.safetensors")).isRegularFile();
        assertThat(run.out().resolve("export/nemotron-nas/config.json"))
                .content()
                .contains("block_configs");
        Path gguf = run.out().resolve("export/gguf");
        assertThat(gguf.toFile().list()).containsExactly("tiny-f32.gguf");
        assertThat(run.manifest().at("/stages/1/artefacts").toString()).contains("export/gguf/tiny-f32.gguf");

        Path mine = Files.writeString(gguf.resolve("tiny-Q4_K_M.gguf"), "made of it by llama-quantize");
        Cli other = run.prune(settings[0], settings[1], settings[2], "export.gguf.dtype=f16");
        assertThat(other.code()).as(other.err()).isZero();
        assertThat(gguf.toFile().list()).containsExactlyInAnyOrder("tiny-f16.gguf", "tiny-Q4_K_M.gguf");
        assertThat(run.out().resolve("export").toFile().list()).containsExactlyInAnyOrder("hf", "gguf");

        Cli handed = Cli.run("export", run.out(), "--format", "gguf", "--out", folder.resolve("handed"));
        assertThat(handed.code()).as(handed.err()).isZero();
        assertThat(folder.resolve("handed").toFile().list())
                .as("the card is of another folder")
                .containsExactly("tiny-f32.gguf");
        Path snapshot = folder.resolve("models--Org--Small-1/snapshots/0123456789012345678901234567890123456789");
        Files.createDirectories(snapshot.getParent());
        Files.createSymbolicLink(snapshot, run.out().resolve("export/hf"));
        Cli named = Cli.run("export", snapshot, "--format", "gguf", "--out", folder.resolve("named"));
        assertThat(named.code()).as(named.err()).isZero();
        assertThat(folder.resolve("named").toFile().list()).containsExactly("Small-1-f32.gguf");
        Cli copied = Cli.run("export", run.out(), "--format", "hf", "--out", folder.resolve("copied"));
        assertThat(copied.code()).as(copied.err()).isZero();
        assertThat(folder.resolve("copied/gguf")).doesNotExist();
        assertThat(folder.resolve("copied/README.md")).isRegularFile();

        Cli removed = Cli.run("rm", run.out());
        assertThat(removed.out())
                .contains("left, since no run made it: " + run.out().resolve("export"));
        try (Stream<Path> left = Files.walk(run.out())) {
            assertThat(left.filter(Files::isRegularFile)).containsExactly(mine);
        }
    }

    @Test
    void aFormatThatDoesNotHoldEveryHiddenSizeIsRefusedBeforeTheRun() throws IOException {
        Cli result = TinyRun.in(folder)
                .prune("prune.granularity=[hidden]", "export.uniform=false", "export.formats=[hf,hf-padded]");

        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err())
                .contains(
                        "nobody knows before which hidden size",
                        "hf-padded does not hold every one",
                        "that holds them divides the hidden size");
    }

    @Test
    void aFormatThatDoesNotHoldLayersThatDifferIsRefusedBeforeTheRun() throws IOException {
        TinyRun run = TinyRun.in(folder);
        Path file = folder.resolve("model/config.json");
        Files.writeString(file, Files.readString(file).replace("\"llama\"", "\"granite\""));

        Cli result = run.prune("export.uniform=false", "export.formats=[hf,gguf]");

        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("layers will differ, and gguf does not hold that", "granite", "hf-padded");
    }

    @Test
    void aTypeThatDoesNotHoldEveryNumberOfHeadsIsRefusedBeforeTheRun() throws IOException {
        TinyRun run = TinyRun.in(folder);
        for (String units : new String[] {"group", "query"}) {
            Cli result = run.prune(
                    "prune.granularity=[heads,ffn]",
                    "prune.head-unit=" + units,
                    "export.uniform=false",
                    "export.formats=[hf,gguf]",
                    "export.gguf.dtype=q8_0");
            assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(result.err())
                    .contains("how many heads a layer will have", "q8_0")
                    .contains(units.equals("query") ? "1 query heads of 8" : "2 query heads of 8");
        }
    }

    @Test
    void theRunsPageIsNamedWhileItLasts() throws IOException {
        TinyRun run = TinyRun.in(folder);

        Cli result = run.prune(List.of("--port", "0"), "prune.method=magnitude", "stages=[calibrate,prune]");

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).containsPattern("page http://127\\.0\\.0\\.1:[0-9]+/ \\(while the run lasts\\)");
    }

    @Test
    void aPortThatIsNoneIsRefused() throws IOException {
        Cli result = TinyRun.in(folder).prune(List.of("--port", "77000"));

        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("--port").contains("65535, or none");
    }

    @Test
    void layersAndSubBlocksMayLearnToGoWhereLayersMayDiffer() throws IOException {
        TinyRun run = TinyRun.in(folder);

        Cli result = run.prune("prune.granularity=[layers, blocks, ffn]", "export.uniform=false");

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(run.manifest().at("/parameters/sparsity").asDouble()).isCloseTo(0.3, within(0.02));
        assertThat(run.out().resolve("export/hf/model.safetensors")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"greedy", "block-influence"})
    void wholeLayersGo(String select) throws IOException {
        TinyRun run = TinyRun.in(folder);

        Cli result = run.prune("prune.method=layers", "prune.layers.keep=[]", "prune.layers.select=" + select);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(run.manifest().at("/parameters/sparsity").asDouble()).isCloseTo(1.0 / 3, within(1e-9));
        try (ModelFolder exported = ModelFolder.open(run.out().resolve("export/hf"))) {
            assertThat(exported.config().isUniform()).isTrue();
            assertThat(exported.config().layers()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "magnitude", "wanda-sp"})
    void methodsOfOneShotTakeTheSamePath(String method) throws IOException {
        TinyRun run = TinyRun.in(folder);

        Cli result = run.prune("prune.method=" + method);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(run.manifest().at("/parameters/sparsity").asDouble()).isCloseTo(0.3, within(0.02));
        assertThat(run.out().resolve("export/hf/model.safetensors")).exists();
    }
}
