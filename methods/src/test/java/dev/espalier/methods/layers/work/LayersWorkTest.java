package dev.espalier.methods.layers.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.methods.Methods;
import dev.espalier.methods.layers.CutOrder;
import dev.espalier.methods.layers.DepthAndWidth;
import dev.espalier.methods.layers.LossOrder;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.work.KeptFile;
import dev.espalier.worker.work.WorkExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model of five layers and the work of all legs, without a coordinator. */
class LayersWorkTest {
    private static final Work.Reads NOTHING = Work.Reads.NOTHING;

    @TempDir
    private Path folder;

    private long sequence;

    @BeforeEach
    void writeAModel() {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of("num_hidden_layers", 5)), folder.resolve("model"), 51);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "auto", "transform", "refit"})
    void theModelLosesItsLayersAndIsAnOrdinaryOne(String repair) throws IOException {
        ResolvedRun run = run("greedy", "prune.layers.repair=" + repair);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            JsonNode looked = done(executor, run, Work.Kind.MEASURE, "look", Optional.empty(), "{}");
            assertThat(looked.get("layers").asInt()).isEqualTo(5);
            String losses = new LossOrder(List.of(2), List.of(1, 3)).json();
            JsonNode lost = done(executor, run, Work.Kind.MEASURE, "loss/4", Optional.empty(), losses);
            assertThat(lost.get("gone").get(0).asInt()).isEqualTo(2);
            assertThat(lost.get("losses").get("1").asDouble()).isBetween(1.0, 20.0);
            String order = new CutOrder(List.of(1, 3), false).json();
            JsonNode cut = done(executor, run, Work.Kind.BUILD, "cut", Optional.of("stages/prune/model"), order);
            assertThat(cut.get("layers").get("gone"))
                    .extracting(JsonNode::asInt)
                    .containsExactly(1, 3);
            assertThat(cut.get("layers").get("repairs")).hasSize(repair.equals("none") ? 0 : 2);
            assertThat(cut.get("parameters").get("sparsity").asDouble()).isEqualTo(0.4);
            assertThat(cut.get("parameters").get("kept").get("layers").asDouble())
                    .isEqualTo(0.6);
        }
        try (ModelFolder small = ModelFolder.open(run.directory().resolve("stages/prune/model"))) {
            assertThat(small.config().isUniform()).isTrue();
            assertThat(small.config().layers()).hasSize(3);
        }
        JsonNode kept =
                new ObjectMapper().readTree(Files.readString(run.directory().resolve("stages/prune/kept.json")));
        assertThat(kept.get("layers")).hasSize(5);
        assertThat(kept.get("layers").get(3).get("heads").asText()).isEqualTo("00");
        assertThat(kept.get("layers").get(3).get("ffn").asText())
                .containsOnlyDigits()
                .doesNotContain("1");
        assertThat(kept.get("layers").get(4).get("ffn").asText()).doesNotContain("0");
    }

    @Test
    void whatTheLayersLeaveOfTheTargetIsTakenOfTheChannelsOfAllOthers() throws IOException {
        ResolvedRun run = run("greedy", "prune.granularity=[layers,ffn]", "prune.layers.share=0.2");
        PrunableShape shape;
        try (WorkExecutor executor = new WorkExecutor(Methods.work());
                ModelFolder intact = ModelFolder.open(folder.resolve("model"))) {
            shape = PrunableShape.of(intact.config(), run.config());
            JsonNode cut = done(
                    executor,
                    run,
                    Work.Kind.BUILD,
                    "cut",
                    Optional.of("stages/prune/model"),
                    new CutOrder(List.of(2), false).json());
            assertThat(cut.at("/parameters/sparsity").asDouble()).isCloseTo(0.4, Offset.offset(0.02));
            assertThat(cut.at("/parameters/kept/layers").asDouble()).isEqualTo(0.8);
            ModelShape planned = DepthAndWidth.of(run.config(), intact.config().shape())
                    .after(intact.config().shape());
            try (ModelFolder small = ModelFolder.open(run.directory().resolve("stages/prune/model"))) {
                assertThat(small.config().shape()).isEqualTo(planned);
            }
        }
        MaskSet kept = KeptFile.read(run.directory().resolve("stages/prune/kept.json"));
        for (int layer = 0; layer < 5; layer++) {
            double channels = Arrays.stream(kept.ffn(layer)).sum();
            assertThat(channels).isBetween(layer == 2 ? 0.0 : 1.0, layer == 2 ? 0.0 : shape.intermediate() - 1.0);
        }
    }

    @Test
    void whereTheFirstLayersStayTheRecordTellsHowWellEachNumberOfThemPredicts() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            JsonNode looked = done(executor, run("prefix"), Work.Kind.MEASURE, "look", Optional.empty(), "{}");
            JsonNode table = looked.at("/tables/0");
            assertThat(table.path("columns")).hasSize(3);
            assertThat(table.path("rows")).hasSize(5).allSatisfy(row -> {
                assertThat(row.get(1).asDouble()).isPositive();
                assertThat(row.get(2).asDouble()).isCloseTo(Math.exp(row.get(1).asDouble()), Offset.offset(1e-6));
            });
            assertThat(table.at("/rows/4/0").asInt()).isEqualTo(5);
        }
    }

    @Test
    void aChoiceThatMeansNothingIsRefused() throws IOException {
        ResolvedRun run = run("block-influence");
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            assertThatThrownBy(() -> done(
                            executor,
                            run,
                            Work.Kind.BUILD,
                            "cut",
                            Optional.of("stages/prune/model"),
                            new CutOrder(List.of(1), true).json()))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("prune.layers.select = block-influence no layer is told from another");
        }
    }

    @Test
    void moreThanCanGoIsRefusedBeforeAnythingIsMeasured() throws IOException {
        ResolvedRun run = run("greedy", "prune.layers.count=4");
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            assertThatThrownBy(() -> done(executor, run, Work.Kind.MEASURE, "look", Optional.empty(), "{}"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("asks for 4 of the model's 5 layers, of which no more than 3 can go");
        }
    }

    private ResolvedRun run(String select, String... settings) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("prune.method=layers", "prune.target.sparsity=0.4", "prune.layers.select=" + select));
        all.addAll(List.of(settings));
        return TinyRun.config(folder, all.toArray(String[]::new));
    }

    private JsonNode done(
            WorkExecutor executor, ResolvedRun run, Work.Kind kind, String leg, Optional<String> writes, String order)
            throws IOException {
        Work work = new Work(kind, leg, Slice.NONE, 0, NOTHING, writes, order);
        AssignmentKey key = new AssignmentKey("tiny", Stage.PRUNE, sequence++, 1);
        WorkResult result = executor.execute(
                Assignment.inFolder(key, run.text(), run.directory().toString(), work), Silent.REPORTER);
        return new ObjectMapper().readTree(result.measurements());
    }
}
