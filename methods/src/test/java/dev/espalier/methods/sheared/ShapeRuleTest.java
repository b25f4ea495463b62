package dev.espalier.methods.sheared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapeRuleTest {
    private static final ModelShape LLAMA = new ModelShape(32, 4096, 32, 32, 128, 11008);
    private static final ModelShape SMOLLM = new ModelShape(30, 576, 9, 3, 64, 1536);

    @TempDir
    private Path folder;

    @Test
    void thePublishedShapesHaveThePublishedParameters() throws IOException {
        ModelShape small =
                shape(LLAMA, false, "shape={layers=24, hidden=2048, heads=16, kv-heads=16, intermediate=5504}");
        assertThat(small).isEqualTo(new ModelShape(24, 2048, 16, 16, 128, 5504));
        assertThat(llama(small)).isEqualTo(1_345_423_360L);
        assertThat(llama(shape(LLAMA, false, "shape={hidden=2560, heads=20, kv-heads=20, intermediate=6912}")))
                .isEqualTo(2_701_560_320L);
    }

    @Test
    void parametersAreMetByTheMostEvenShape() throws IOException {
        ModelShape found = shape(SMOLLM, true, "parameters=85000000");
        assertThat((double) smollm(found)).isBetween(84.8e6, 85.2e6);
        assertThat(found.hidden() % found.heads()).isZero();
        assertThat(found.heads()).isEqualTo(3 * found.kvHeads());
    }

    @Test
    void whatIsGivenStaysAndTheRestFollowsFromTheParameters() throws IOException {
        ModelShape found = shape(SMOLLM, true, "parameters=100000000, shape.hidden=576, shape.kv-heads=3");
        assertThat(found.hidden()).isEqualTo(576);
        assertThat(found.kvHeads()).isEqualTo(3);
        assertThat((double) smollm(found)).isBetween(99.8e6, 100.2e6);
    }

    @Test
    void headsThatAreGivenStayOrAreRefused() throws IOException {
        assertThat(shape(SMOLLM, true, "parameters=100000000, shape.heads=6").heads())
                .isEqualTo(6);
        for (String no : List.of("heads=2", "heads=7", "heads=8, kv-heads=2")) {
            assertThatThrownBy(() -> shape(SMOLLM, true, "parameters=90000000, shape={" + no + "}"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("heads is a multiple of 3");
        }
    }

    @Test
    void aSparsityIsOneOfTheModelsPrunableWeights() throws IOException {
        ModelShape found = shape(SMOLLM, true, "train=all-weights");
        assertThat(1 - (double) found.prunable() / SMOLLM.prunable()).isBetween(0.398, 0.402);
    }

    @Test
    void whatNoStockModelCanHoldIsRefused() {
        assertThatThrownBy(() -> shape(SMOLLM, true, "shape={heads=4, kv-heads=2}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("neither whole KV groups")
                .hasMessageContaining("heads = 6 with kv-heads = 2");
        assertThatThrownBy(() -> shape(SMOLLM, true, "shape={heads=6, kv-heads=3}"))
                .hasMessageContaining("set prune.head-unit = query");
        assertThatThrownBy(() -> shape(SMOLLM, true, "shape={heads=6, kv-heads=2, hidden=500}"))
                .hasMessageContaining("no multiple of 6 query heads")
                .hasMessageContaining("take 498");
        assertThatThrownBy(() -> shape(LLAMA, false, "shape.kv-heads=24"))
                .as("it divided the hidden size before")
                .hasMessageContaining("no multiple of 24 query heads");
        assertThatThrownBy(() -> read("prune.granularity=[heads]", "prune.sheared={shape.kv-heads=24}", LLAMA))
                .hasMessageContaining("take another number of heads");
        assertThatThrownBy(() -> shape(SMOLLM, true, "shape.layers=31"))
                .hasMessageContaining("more than the model's 30");
        assertThatThrownBy(() -> shape(LLAMA, false, "shape.layers=32")).hasMessageContaining("the model's own shape");
        assertThatThrownBy(() -> read("prune.granularity=[ffn]", "prune.sheared={shape.hidden=448}", SMOLLM))
                .hasMessageContaining("prune.granularity leaves hidden out");
    }

    private ModelShape shape(ModelShape before, boolean tied, String own) throws IOException {
        return new ShapeRule(
                        config("prune.granularity=[heads, ffn, hidden, layers]", "prune.sheared={" + own + "}"),
                        before,
                        tied ? ShapeRuleTest::smollm : ShapeRuleTest::llama)
                .shape();
    }

    private ModelShape read(String granularity, String own, ModelShape before) throws IOException {
        return new ShapeRule(config(granularity, own), before, ShapeRuleTest::smollm).shape();
    }

    private RunConfig config(String... settings) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("model.path=m", "data.train=[\"a.txt\"]", "prune.method=sheared", "prune.target.sparsity=0.4"));
        all.addAll(List.of(settings));
        Path file = Files.writeString(folder.resolve("run.conf"), "");
        return RunConfigReader.read(file, all, Optional.of(folder)).config();
    }

    private static long smollm(ModelShape shape) {
        return shape.prunable() + (49152L + 1 + 2L * shape.layers()) * shape.hidden();
    }

    private static long llama(ModelShape shape) {
        return shape.prunable() + (2 * 32000L + 1 + 2L * shape.layers()) * shape.hidden();
    }
}
