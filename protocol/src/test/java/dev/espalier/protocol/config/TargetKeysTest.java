package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetKeysTest {
    private static final String LEAST = "model.path = m\ndata.train = [ { path = a.txt } ]\n";

    @TempDir
    Path folder;

    @Test
    void sizesAreNumbersOrHaveUnits() throws IOException {
        assertThat(target("parameters = 120e6")).isEqualTo(new Target.Parameters(List.of(120_000_000L)));
        assertThat(target("bytes = 1000000")).isEqualTo(new Target.Bytes(List.of(1_000_000L)));
        assertThat(target("bytes = \"1.5 GB\"")).isEqualTo(new Target.Bytes(List.of(1_500_000_000L)));
        assertThat(target("bytes = \"240MiB\"")).isEqualTo(new Target.Bytes(List.of(240L << 20)));
        assertThat(read("", "prune.target.bytes=1.5 GiB").config().prune().target())
                .isEqualTo(new Target.Bytes(List.of(3L << 29)));
        for (String wrong :
                List.of("0", "-1", "none", "\"12 apples\"", "\"1e999999999 GB\"", "{ a = 1 }", "[[1]]", "[]")) {
            refused("prune.target.bytes = " + wrong, "prune.target.bytes");
            refused("prune.target.parameters = " + wrong, "prune.target.parameters");
        }
    }

    @Test
    void aShareOfTheTimeIsOfDecodingOrOfAPrompt() throws IOException {
        assertThat(target("latency-ratio = 0.8"))
                .isEqualTo(new Target.LatencyRatio(List.of(0.8), Target.LatencyRatio.Phase.DECODE));
        assertThat(target("latency-ratio = 0.8, latency-of = prefill"))
                .isEqualTo(new Target.LatencyRatio(List.of(0.8), Target.LatencyRatio.Phase.PREFILL));
        refused("prune.target.latency-ratio = 1.2", "must be a number above 0, at most 1");
        refused("prune.target { latency-ratio = 0.8, latency-of = both }", "must be decode or prefill");
        refused("prune.target.latency-of = decode", "has no effect without prune.target.latency-ratio");
    }

    @Test
    void aShapeNamesWhatChanges() throws IOException {
        Target.Shape shape = (Target.Shape) target("shape { kv-heads = 2, intermediate = 1024 }");
        ModelShape smollm = new ModelShape(30, 576, 9, 3, 64, 1536);
        assertThat(shape.wanted().in(smollm, HeadUnit.GROUP)).isEqualTo(new ModelShape(30, 576, 6, 2, 64, 1024));
        assertThat(shape.told()).isEqualTo("prune.target.shape = { kv-heads = 2, intermediate = 1024 }");
        refused("prune.target.shape { }", "asks for nothing");
        refused("prune.target.shape { width = 3 }", "prune.target.shape.width");
    }

    @Test
    void thereIsOneTargetAndTheCommandLinesTakesThePlaceOfTheFiles() throws IOException {
        refused(
                "prune.target { parameters = 100, sparsity = 0.2 }",
                ":3: prune.target.parameters = 100: is one target too many beside prune.target.sparsity");
        refused("prune.target { resolved-sparsity = 0.2 }", "written by Espalier: leave it out");
        assertThat(read("prune.target.sparsity = 0.2", "prune.target.parameters=100")
                        .config()
                        .prune()
                        .target())
                .isEqualTo(new Target.Parameters(List.of(100L)));
        assertThat(read("prune.target { shape.heads = 2 }", "prune.target.sparsity=0.4")
                        .config()
                        .prune()
                        .rounds())
                .containsExactly(0.4);
        for (String beside :
                List.of("latency-ratio = 0.9, latency-of = prefill", "bytes = 9, resolved-sparsity = 0.3")) {
            assertThat(read("prune.target { " + beside + " }", "prune.target.sparsity=0.4")
                            .config()
                            .prune()
                            .rounds())
                    .as("with what stands beside it")
                    .containsExactly(0.4);
        }
        assertThat(read("prune.target { latency-ratio = 0.9, latency-of = prefill }", "prune.target.latency-ratio=0.8")
                        .config()
                        .prune()
                        .target())
                .isEqualTo(new Target.LatencyRatio(List.of(0.8), Target.LatencyRatio.Phase.PREFILL));
        assertThat(((Target.Shape) read("prune.target.shape.hidden = 8", "prune.target.shape.heads=2")
                                .config()
                                .prune()
                                .target())
                        .told())
                .as("of the same kind they complete each other")
                .isEqualTo("prune.target.shape = { hidden = 8, heads = 2 }");
    }

    @Test
    void roundsHaveANumberEachAndAShapeIsReachedInOne() throws IOException {
        String twice = "stages = [prune, recover, prune], prune.target.";
        assertThat(read(twice + "parameters = [300, 200]")
                        .config()
                        .prune()
                        .target()
                        .rounds())
                .isEqualTo(2);
        refused(twice + "parameters = 300", "a number for each prune among the stages, of which there are 2");
        refused(twice + "shape.heads = 2", "is reached in one round");
        refused("stages = [evaluate], prune.target.bytes = 3", "none of the stages is prune");
    }

    @Test
    void whatATargetLeadsToStandsBesideItInTheResolvedText() throws IOException {
        ResolvedRun asked = read("prune.target.parameters = 100");
        assertThat(asked.config().prune().isResolved()).isFalse();
        assertThatThrownBy(() -> RunConfigReader.parse(asked.text()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.target.parameters")
                .hasMessageContaining("espalier submit");

        ResolvedRun resolved = RunConfigReader.reaching(asked, List.of(0.25));
        assertThat(resolved.config().prune().sparsity()).isEqualTo(0.25);
        assertThat(resolved.config().prune().target()).isEqualTo(new Target.Parameters(List.of(100L)));
        assertThat(RunConfigReader.parse(resolved.text())).isEqualTo(resolved.config());
        assertThat(RunConfigReader.submitted(resolved.text(), folder).config()).isEqualTo(resolved.config());
        assertThatThrownBy(() -> RunConfigReader.reaching(asked, List.of(0.1, 0.2)))
                .hasMessageContaining("must be as many as prune.target.parameters has");
    }

    @Test
    void theTextOfARunWithASparsityIsWhatItAlwaysWas() throws IOException {
        assertThat(ConfigFactory.parseString(read("").text())
                        .getObject("prune.target")
                        .unwrapped())
                .containsExactly(Map.entry("sparsity", 0.2));
    }

    private Target target(String words) throws IOException {
        return read("prune.target { " + words + " }").config().prune().target();
    }

    private void refused(String config, String words) {
        assertThatThrownBy(() -> read(config))
                .as(config)
                .isInstanceOf(UserError.class)
                .hasMessageContaining(words);
    }

    private ResolvedRun read(String config, String... overrides) throws IOException {
        Path file = Files.writeString(folder.resolve("run.conf"), LEAST + config);
        return RunConfigReader.read(file, List.of(overrides), Optional.of(folder));
    }
}
