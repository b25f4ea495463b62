package dev.espalier.worker.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.TinyFamilies;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CompactorTest {
    private static final Set<Granularity> ALL = EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN);
    private static final Map<String, Set<Granularity>> UNPRUNABLE = Map.of(
            "olmo2",
            Set.of(Granularity.HEADS),
            "gemma2",
            Set.of(Granularity.HIDDEN),
            "gemma3_text",
            Set.of(Granularity.HIDDEN));
    private static final Set<Granularity> DEPTH = EnumSet.of(Granularity.LAYERS, Granularity.BLOCKS, Granularity.FFN);

    private static Torch torch;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    static Stream<Arguments> models() {
        LlamaConfig grouped = TinyRun.model(Map.of("num_attention_heads", 6, "num_key_value_heads", 2));
        LlamaConfig tied = TinyRun.model(Map.of("tie_word_embeddings", true));
        LlamaConfig biased = TinyRun.model(Map.of("attention_bias", true, "num_key_value_heads", 4));
        LlamaConfig qwen = TinyRun.model(Map.of("model_type", "qwen2"));
        return Stream.concat(
                families(),
                Stream.of(
                                Arguments.of("grouped", grouped, HeadUnit.QUERY),
                                Arguments.of("grouped", grouped, HeadUnit.GROUP),
                                Arguments.of("tied", tied, HeadUnit.QUERY),
                                Arguments.of("biased", biased, HeadUnit.GROUP),
                                Arguments.of("qwen", qwen, HeadUnit.QUERY))
                        .flatMap(model -> Stream.of(true, false).flatMap(soft -> Stream.of(
                                        ALL, Set.of(Granularity.FFN), Set.of(Granularity.HEADS), DEPTH)
                                .filter(what -> what != DEPTH || model.get()[0] != "biased")
                                .map(what ->
                                        Arguments.of(model.get()[0], model.get()[1], model.get()[2], soft, what)))));
    }

    /** With what can be pruned of each. */
    private static Stream<Arguments> families() {
        return TinyFamilies.fields().entrySet().stream().flatMap(family -> {
            Set<Granularity> units = EnumSet.copyOf(ALL);
            units.removeAll(UNPRUNABLE.getOrDefault(family.getKey(), Set.of()));
            return Stream.of(
                            Arguments.of(true, units),
                            Arguments.of(false, EnumSet.of(Granularity.FFN)),
                            Arguments.of(false, DEPTH))
                    .map(how -> Arguments.of(
                            family.getKey(),
                            TinyRun.model(family.getValue()),
                            HeadUnit.QUERY,
                            how.get()[0],
                            how.get()[1]));
        });
    }

    @Test
    void whatIsNotApartInAFamilyIsRefused() throws IOException {
        for (Map.Entry<String, Set<Granularity>> family : UNPRUNABLE.entrySet()) {
            LlamaConfig config = TinyRun.model(TinyFamilies.fields().get(family.getKey()));
            for (Granularity what : family.getValue()) {
                String word = what.name().toLowerCase(Locale.ROOT);
                RunConfig run = TinyRun.config(folder, "prune.granularity=[" + word + "]")
                        .config();
                assertThatThrownBy(() -> PrunableShape.of(config, run))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining("prune.granularity cannot have " + word)
                        .hasMessageContaining(family.getKey());
            }
        }
    }

    @ParameterizedTest(name = "{0}, {2}, soft {3}, {4}")
    @MethodSource("models")
    void theSmallerModelReloadedComputesWhatTheMaskedOneDoes(
            String name, LlamaConfig config, HeadUnit unit, boolean soft, Set<Granularity> what) {
        PrunableShape shape = shape(config, what, unit);
        try (Decoder model = TinyModel.random(torch, config, false, 31);
                NDManager scope = torch.scope()) {
            MaskSet gates = gates(shape, soft, 17);
            NDList lora = TinyModel.lora(torch, scope, model, 2, 33);
            Compactor.Result result = compact(model, shape, gates, lora, false, new int[0][]);
            NDList masks = MaskTensors.upload(torch, scope, gates, shape);
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(config, 2, 11, 34));
            float[] masked =
                    model.logits(scope, ids, new Variant(masks, lora, 0.5)).toFloatArray();
            try (ModelFolder small = ModelFolder.open(folder.resolve("small"));
                    Decoder reloaded = Decoder.load(torch, small, 64, false)) {
                assertThat(small.config().layers()).isEqualTo(result.config().layers());
                assertClose(reloaded.logits(scope, ids, Variant.INTACT).toFloatArray(), masked);
            }
            assertThat(result.kept().ffn(0)).hasSize(shape.intermediate());
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double worst = 0;
        double largest = 1;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(worst).isLessThan(1e-4 * Math.max(1, largest / 10));
    }

    @Test
    void aLayerOfWhichNothingIsLeftIsNoLayerAndListsOfLayersAreCut() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of(
                "model_type",
                "qwen2",
                "num_hidden_layers",
                4,
                "max_window_layers",
                3,
                "use_sliding_window",
                true,
                "sliding_window",
                4,
                "layer_types",
                List.of("full_attention", "sliding_attention", "full_attention", "sliding_attention")));
        PrunableShape shape = shape(config, DEPTH, HeadUnit.GROUP);
        MaskSet gates = shape.filled(1);
        gates.row(Row.LAYERS)[1] = 0;
        try (Decoder model = TinyModel.random(torch, config, false, 31);
                NDManager scope = torch.scope()) {
            Compactor.Result result = compact(model, shape, gates, new NDList(), false, new int[0][]);
            assertThat(result.kept().heads(1)).containsOnly(0);
            assertThat(result.kept().ffn(1)).containsOnly(0);
            assertThat(configJson().get("model_type").asText()).isEqualTo("qwen2");
            assertThat(configJson().get("num_hidden_layers").asInt()).isEqualTo(3);
            assertThat(configJson().get("max_window_layers").asInt()).isEqualTo(2);
            assertThat(configJson().get("layer_types"))
                    .extracting(JsonNode::asText)
                    .containsExactly("full_attention", "full_attention", "sliding_attention");
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(config, 2, 11, 34));
            NDList masks = MaskTensors.upload(torch, scope, gates, shape);
            float[] masked = model.logits(scope, ids, new Variant(masks, new NDList(), 0))
                    .toFloatArray();
            try (ModelFolder small = ModelFolder.open(folder.resolve("small"));
                    Decoder reloaded = Decoder.load(torch, small, 64, false)) {
                assertThat(reloaded.weights()).hasSize(3 * Slot.STRIDE);
                assertClose(reloaded.logits(scope, ids, Variant.INTACT).toFloatArray(), masked);
            }
        }
    }

    @Test
    void aLayerWithoutItsAttentionSaysThatOnlyEspalierLoadsIt() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        PrunableShape shape = shape(config, DEPTH, HeadUnit.GROUP);
        MaskSet gates = shape.filled(1);
        gates.row(Row.blocks(1))[0] = 0;
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            compact(model, shape, gates, new NDList(), false, new int[0][]);
            assertThat(configJson().get("model_type").asText()).isEqualTo("espalier_llama");
            assertThat(configJson().get("num_hidden_layers").asInt()).isEqualTo(2);
        }
    }

    @Test
    void raggedFoldersSayThatOnlyEspalierLoadsThemAndUniformOnesAreOrdinary() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            PrunableShape shape = shape(config, ALL, HeadUnit.GROUP);
            MaskSet ragged = shape.filled(1);
            ragged.ffn(0)[3] = 0;
            compact(model, shape, ragged, new NDList(), false, new int[0][]);
            assertThat(configJson().get("model_type").asText()).isEqualTo("espalier_llama");
            assertThat(configJson()
                            .get("espalier_shapes")
                            .get(0)
                            .get("intermediate")
                            .asInt())
                    .isEqualTo(23);
            MaskSet uniform = shape.filled(1);
            uniform.ffn(0)[3] = 0;
            uniform.ffn(1)[5] = 0;
            uniform.heads(0)[0] = 0;
            uniform.heads(1)[1] = 0;
            compact(model, shape, uniform, new NDList(), false, new int[0][]);
            assertThat(configJson().get("model_type").asText()).isEqualTo("llama");
            assertThat(configJson().get("intermediate_size").asInt()).isEqualTo(23);
            assertThat(configJson().get("num_attention_heads").asInt()).isEqualTo(2);
            assertThat(configJson().get("num_key_value_heads").asInt()).isEqualTo(1);
            assertThat(configJson().get("head_dim").asInt()).isEqualTo(4);
            assertThat(configJson().has("espalier_shapes")).isFalse();
        }
    }

    private JsonNode configJson() throws IOException {
        return new ObjectMapper().readTree(folder.resolve("small/config.json").toFile());
    }

    /** What a re-fit is for. */
    static Stream<Arguments> hardMasks() {
        return models().filter(model -> model.get()[3].equals(false) && !model.get()[4].equals(ALL));
    }

    @ParameterizedTest(name = "{0}, {2}, soft {3}, {4}")
    @MethodSource("hardMasks")
    void aReFitBringsTheSmallerModelNearerToTheIntactOneOnCalibrationText(
            String name, LlamaConfig config, HeadUnit unit, boolean soft, Set<Granularity> what) {
        PrunableShape shape = shape(config, what, unit);
        int[][] rows = TinyModel.tokens(config, 32, 16, 35);
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            MaskSet gates = gates(shape, false, 19);
            compact(model, shape, gates, new NDList(), false, new int[0][]);
            double without = error(model, rows);
            compact(model, shape, gates, new NDList(), true, rows);
            assertThat(error(model, rows)).isLessThan(without);
        }
    }

    @Test
    void theSurgeonLeavesTheWantedCountsAndLessErrorThanCuttingTheSameUnits() {
        LlamaConfig config = TinyRun.model(Map.of());
        PrunableShape shape = shape(config, Set.of(Granularity.FFN, Granularity.HEADS), HeadUnit.GROUP);
        int[][] rows = TinyModel.tokens(config, 32, 16, 35);
        MaskSet counts = new DeterministicMasks(shape).uniform(shape.filled(0), new UniformShape(16, 2, 1, 15));
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            List<LayerShape> shapes = List.of(new LayerShape(2, 1, 15), new LayerShape(2, 1, 15));
            Compactor.Result result = new Compactor(model, shape)
                    .write(
                            rows,
                            new Surgeon(torch, shape, counts, 0.01),
                            new double[0],
                            new NDList(),
                            0,
                            shapes,
                            folder,
                            folder.resolve("small"),
                            layer -> {});
            double surgeon = error(model, rows);
            compact(model, shape, result.kept(), new NDList(), false, new int[0][]);
            assertThat(surgeon).isLessThan(error(model, rows));
        }
    }

    @Test
    void headsOfOtherGroupsThanDeclaredAreRefusedThoughAllSizesFit() {
        LlamaConfig config = TinyRun.model(Map.of("num_attention_heads", 6, "num_key_value_heads", 2));
        PrunableShape shape = shape(config, Set.of(Granularity.HEADS), HeadUnit.QUERY);
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            MaskSet gates = shape.filled(1);
            gates.heads(0)[0] = 0;
            gates.heads(0)[1] = 0;
            LayerShape even = new LayerShape(4, 2, shape.intermediate());
            assertThatThrownBy(() -> new Compactor(model, shape)
                            .write(
                                    new int[0][],
                                    new MaskedUnits(shape, gates),
                                    new double[0],
                                    new NDList(),
                                    0,
                                    List.of(even, even),
                                    folder,
                                    folder.resolve("small"),
                                    layer -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("layer 0 was cut to");
        }
    }

    @Test
    void compactingLeavesNoTensorBehind() {
        LlamaConfig config = TinyRun.model(Map.of());
        PrunableShape shape = shape(config, ALL, HeadUnit.GROUP);
        try (Decoder model = TinyModel.random(torch, config, false, 31)) {
            int before = torch.tensors();
            compact(model, shape, gates(shape, false, 3), new NDList(), true, TinyModel.tokens(config, 4, 16, 1));
            assertThat(torch.tensors()).isEqualTo(before);
        }
    }

    /** Mean squared difference of the logits. */
    private double error(Decoder model, int[][] rows) {
        try (ModelFolder small = ModelFolder.open(folder.resolve("small"));
                Decoder reloaded = Decoder.load(torch, small, 64, false);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            float[] wanted = model.logits(scope, ids, Variant.INTACT).toFloatArray();
            float[] found = reloaded.logits(scope, ids, Variant.INTACT).toFloatArray();
            double sum = 0;
            for (int i = 0; i < wanted.length; i++) {
                sum += Math.pow(wanted[i] - found[i], 2);
            }
            return sum / wanted.length;
        }
    }

    private Compactor.Result compact(
            Decoder model, PrunableShape shape, MaskSet gates, NDList lora, boolean refit, int[][] rows) {
        KeptUnits masked = new MaskedUnits(shape, gates);
        return new Compactor(model, shape)
                .write(
                        rows,
                        refit ? new RefittedUnits(masked, torch, shape, 0.01) : masked,
                        gates.hidden(),
                        lora,
                        0.5,
                        Compactor.shapes(shape, gates),
                        folder,
                        folder.resolve("small"),
                        layer -> {});
    }

    private static PrunableShape shape(LlamaConfig config, Set<Granularity> what, HeadUnit unit) {
        LayerShape layer = config.layers().get(0);
        return new PrunableShape(
                config.layers().size(),
                config.hiddenSize(),
                layer.queryHeads(),
                layer.kvHeads(),
                config.headDim(),
                layer.intermediate(),
                what,
                unit,
                false);
    }

    /** A third of the units gone, at least one left in every row. */
    private static MaskSet gates(PrunableShape shape, boolean soft, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MaskSet gates = shape.filled(0).map(x -> random.nextInt(3) == 0 ? 0 : soft ? random.nextDouble(0.3, 1) : 1);
        for (double[] row : gates.values()) {
            if (row.length > 0) {
                row[row.length - 1] = 1;
            }
        }
        return gates;
    }
}
