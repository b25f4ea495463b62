package dev.espalier.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.Dtype;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaConfigTest {
    private static final String LLAMA =
            """
            {"model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 300, "rms_norm_eps": 1e-5,
             "max_position_embeddings": 512, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": [0, 2],
             "rope_theta": 500000.0, "tie_word_embeddings": true, "head_dim": null, "something": {"else": 1}}""";

    @Test
    void readsAnOrdinaryConfig() {
        LlamaConfig config = parse("{}");
        assertThat(config.family()).isEqualTo(Family.LLAMA);
        assertThat(config.headDim()).isEqualTo(16);
        assertThat(config.layers()).containsExactly(new LayerShape(4, 2, 160), new LayerShape(4, 2, 160));
        assertThat(config.isUniform()).isTrue();
        assertThat(config.normEps()).isEqualTo(1e-5);
        assertThat(config.rope()).isEqualTo(Rope.unscaled(500_000));
        assertThat(config.tiedEmbeddings()).isTrue();
        assertThat(config.qkvBias() || config.outputBias()).isFalse();
        assertThat(config.eos()).containsExactly(0, 2);
        assertThat(config.documentSeparator()).hasValue(0);
        // 300*64 embedding, 64 final norm, per layer 2*64 norms, 2*64*64 q and o, 2*32*64 k and v, 3*160*64 FFN
        assertThat(config.parameters()).isEqualTo(19_200 + 64 + 2 * (128 + 8192 + 4096 + 30_720));
    }

    @Test
    void fillsInTheDefaultsOfTransformers() {
        LlamaConfig config = parse(
                """
                {"num_key_value_heads": null, "rope_theta": null, "eos_token_id": null, "rms_norm_eps": null,
                 "tie_word_embeddings": null}""");
        assertThat(config.layers().get(0).kvHeads()).isEqualTo(4);
        assertThat(config.rope()).isEqualTo(Rope.unscaled(10_000));
        assertThat(config.normEps()).isEqualTo(1e-6);
        assertThat(config.tiedEmbeddings()).isFalse();
        assertThat(config.documentSeparator()).hasValue(1);
    }

    @Test
    void readsBothSpellingsOfRotaryScaling() {
        Rope expected = new Rope(500_000, Rope.Kind.LLAMA3, 8, 1, 4, 8192);
        String scaling =
                "\"factor\": 8.0, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 8192";
        assertThat(parse("{\"rope_scaling\": {\"rope_type\": \"llama3\", " + scaling + "}}")
                        .rope())
                .isEqualTo(expected);
        assertThat(parse(
                                "{\"rope_theta\": null, \"rope_parameters\": {\"rope_theta\": 500000, \"rope_type\": \"llama3\", "
                                        + scaling + "}}")
                        .rope())
                .isEqualTo(expected);
        assertThat(parse("{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}}")
                        .rope())
                .isEqualTo(new Rope(500_000, Rope.Kind.LINEAR, 2, 1, 1, 0));
    }

    /** Each as AutoConfig of transformers 5.18 reads it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2},"
                        + " \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 100}} | 500000 | LINEAR | 2",
                "{\"rope_scaling\": {}, \"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 4,"
                        + " \"rope_theta\": 100}} | 100 | LINEAR | 4",
                "{\"rope_parameters\": {\"rope_type\": \"default\"}} | 500000 | DEFAULT | 1",
                "{\"rope_parameters\": {\"rope_theta\": 100}} | 100 | DEFAULT | 1",
                "{\"rope_scaling\": {\"rope_type\": \"default\", \"type\": \"linear\", \"factor\": 2}} | 500000 | DEFAULT | 1",
            })
    void ofTwoRotationsThatDisagreeItTakesTheOneOfTransformers(
            String both, double theta, Rope.Kind kind, double factor) {
        assertThat(parse(both).rope()).isEqualTo(new Rope(theta, kind, factor, 1, 1, 0));
    }

    @Test
    void aScaledRotationThatDoesNotSayItsTrainedLengthTakesTheLongest() {
        String llama3 = "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1,"
                + " \"high_freq_factor\": 4}";
        Rope expected = new Rope(500_000, Rope.Kind.LLAMA3, 8, 1, 4, 512);
        assertThat(parse("{" + llama3 + "}").rope()).isEqualTo(expected);
        assertThat(parse("{" + llama3 + ", \"original_max_position_embeddings\": 32}")
                        .rope())
                .isEqualTo(expected);
    }

    /** Each as the configurations of transformers 5.18 read it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model_type\": \"mistral\", \"max_position_embeddings\": 32768} | 32768",
                "{\"model_type\": \"mistral\", \"max_position_embeddings\": 32768, \"use_sliding_window\": false,"
                        + " \"sliding_window\": 1024} | 32768",
                "{\"model_type\": \"mistral\", \"max_position_embeddings\": 32768, \"sliding_window\": null} | 32768",
                "{\"model_type\": \"mistral\", \"max_position_embeddings\": null, \"sliding_window\": null} | 131072",
                "{\"model_type\": \"qwen2\", \"max_position_embeddings\": null} | 32768",
                "{\"model_type\": \"qwen2\", \"max_position_embeddings\": 32768, \"use_sliding_window\": true} | 32768",
                "{\"use_sliding_window\": true, \"sliding_window\": 16} | 512",
                "{\"max_position_embeddings\": null} | 2048",
            })
    void theLongestSequenceIsThatOfTheFamilyWhateverItsWindow(String change, int positions) {
        assertThat(parse(change).maxPositions()).isEqualTo(positions);
    }

    @Test
    void keyValueHeadsThatAreNotSaidAreTheFamilys() {
        ObjectNode json =
                parse("{\"num_attention_heads\": 64, \"hidden_size\": 128}").original();
        json.remove("num_key_value_heads");
        assertThat(kvHeads(json, "llama")).isEqualTo(64);
        assertThat(kvHeads(json, "mistral")).isEqualTo(8);
        assertThat(kvHeads(json, "qwen2")).isEqualTo(32);
        json.putNull("num_key_value_heads");
        assertThat(kvHeads(json, "mistral")).isEqualTo(64);
    }

    private static int kvHeads(ObjectNode json, String family) {
        return LlamaConfig.parse(json.put("model_type", family), "config.json")
                .layers()
                .get(0)
                .kvHeads();
    }

    private static List<Integer> windows(LlamaConfig config) {
        return config.architecture().layers().stream()
                .map(LayerAttention::window)
                .toList();
    }

    @Test
    void anEndOfTextThatTheEmbeddingDoesNotHaveIsRefusedWhereItIsNeeded() {
        LlamaConfig config = parse("{\"eos_token_id\": [300, 2]}");
        assertThatThrownBy(config::documentSeparator)
                .isInstanceOf(UserError.class)
                .hasMessageContaining("eos_token_id is 300")
                .hasMessageContaining("only 300 rows (vocab_size): ids are 0 to 299");
        assertThatThrownBy(parse("{\"eos_token_id\": null, \"bos_token_id\": 301}")::documentSeparator)
                .hasMessageContaining("bos_token_id is 301");
    }

    @Test
    void scalesFrequenciesAsTransformersDoes() {
        assertThat(Rope.unscaled(10_000).inverseFrequencies(4)).containsExactly(new double[] {1, 0.01}, within(1e-12));
        // values of transformers' _compute_llama3_parameters for head_dim 8, theta 500000, Llama 3.1's factors
        assertThat(new Rope(500_000, Rope.Kind.LLAMA3, 8, 1, 4, 8192).inverseFrequencies(8))
                .containsExactly(new double[] {1, 0.0376060307, 0.000524846022, 6.647869668e-06}, within(1e-8));
    }

    @Test
    void stretchesFrequenciesAsYarnDoes() {
        // the values of transformers' _compute_yarn_parameters
        Rope yarn = parse("{\"rope_theta\": 100, \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4,"
                        + " \"original_max_position_embeddings\": 16, \"beta_fast\": 2, \"beta_slow\": 0.5}}")
                .rope();
        assertThat(yarn.inverseFrequencies(8))
                .containsExactly(new double[] {1, 0.1976423538, 0.025, 0.0079056942}, within(1e-9));
        assertThat(yarn.magnitude()).isCloseTo(1.1386294361, within(1e-9));
    }

    @Test
    void knowsTheQuirksOfTheFamilies() {
        LlamaConfig qwen = parse("{\"model_type\": \"qwen2\", \"use_sliding_window\": false, \"sliding_window\": 8}");
        assertThat(qwen.qkvBias()).isTrue();
        assertThat(qwen.outputBias()).isFalse();
        assertThat(qwen.maxPositions()).isEqualTo(512);
        LlamaConfig mistral = parse("{\"model_type\": \"mistral\", \"sliding_window\": 128}");
        assertThat(windows(mistral)).containsExactly(128, 128);
        assertThat(windows(qwen)).containsExactly(0, 0);
        LlamaConfig biased = parse("{\"attention_bias\": true}");
        assertThat(biased.qkvBias() && biased.outputBias()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model_type\": \"gpt2\"} | 'gpt2' is not supported. Supported are llama, mistral, qwen2, qwen3",
                "{\"model_type\": null} | model_type ''",
                "{\"hidden_size\": null} | lacks hidden_size",
                "{\"hidden_size\": 0} | hidden_size is 0",
                "{\"hidden_size\": \"64\"} | hidden_size is \"64\"",
                "{\"num_hidden_layers\": 2000000000} | num_hidden_layers is 2000000000",
                "{\"vocab_size\": 300.5} | vocab_size is 300.5",
                "{\"num_key_value_heads\": 3} | num_key_value_heads is 3",
                "{\"num_attention_heads\": 3} | no multiple of num_attention_heads 3",
                "{\"head_dim\": 15} | head_dim is 15",
                "{\"hidden_act\": \"gelu\"} | hidden_act is gelu",
                "{\"mlp_bias\": true} | mlp_bias",
                "{\"rms_norm_eps\": -1} | rms_norm_eps is -1",
                "{\"rope_scaling\": {\"rope_type\": \"longrope\"}} | rope_type is longrope",
                "{\"rope_scaling\": {\"rope_type\": \"yarn\"}} | factor is missing",
                "{\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2, \"beta_slow\": 40}} | beta_slow is 40",
                "{\"rope_scaling\": {\"rope_type\": \"dynamic\"}} | factor is missing",
                "{\"model_type\": \"phi3\", \"rope_scaling\": {\"rope_type\": \"yarn\"}} | rope_type is yarn",
                "{\"model_type\": \"phi3\", \"partial_rotary_factor\": 0.75} | partial_rotary_factor is 0.75",
                "{\"model_type\": \"qwen3\", \"layer_types\": [\"full_attention\"]} | layer_types is a list of 1",
                "{\"model_type\": \"qwen3\", \"layer_types\": [\"linear_attention\", 1]} | layer_types is \"linear_attention\"",
                "{\"model_type\": \"qwen3\", \"layer_types\": [\"full_attention\", \"sliding_attention\"]}"
                        + " | use_sliding_window or sliding_window are not set",
                "{\"model_type\": \"mistral\", \"sliding_window\": 0} | sliding_window is 0",
                "{\"model_type\": \"smollm3\", \"no_rope_layers\": [1]} | no_rope_layers is a list of 1",
                "{\"model_type\": \"smollm3\", \"no_rope_layers\": [1, 2]} | no_rope_layers is 2",
                "{\"model_type\": \"granite\", \"residual_multiplier\": 0} | residual_multiplier is 0",
                "{\"model_type\": \"granite\", \"logits_scaling\": \"8\"} | logits_scaling is \"8\"",
                "{\"model_type\": \"gemma3_text\", \"sliding_window\": null} | sliding_window is missing",
                "{\"model_type\": \"gemma3_text\", \"hidden_activation\": \"silu\"} | hidden_activation is silu",
                "{\"model_type\": \"gemma3_text\", \"final_logit_softcapping\": -30} | final_logit_softcapping is -30",
                "{\"model_type\": \"gemma3_text\", \"use_bidirectional_attention\": true} | use_bidirectional_attention",
                "{\"model_type\": \"gemma3_text\", \"rope_parameters\": {\"rope_theta\": 5}} | rope_parameters is",
                "{\"model_type\": \"gemma3\"} | 'gemma3' is not supported",
                "{\"rope_scaling\": {\"rope_type\": \"linear\"}} | factor is missing",
                "{\"rope_scaling\": 5} | rope_scaling is 5",
                "{\"quantization_config\": {}} | quantised",
                "{\"compression_config\": {}} | quantised",
                "{\"rope_scaling\": {\"rope_type\": \"Linear\", \"factor\": 2}} | rope_type is Linear",
                "{\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}}} | the same for all layers",
                "{\"partial_rotary_factor\": 0.5} | partial_rotary_factor is 0.5",
                "{\"model_type\": \"mistral\", \"attention_bias\": true} | no mistral model has biases",
                "{\"espalier_shapes\": []} | model_type is 'llama'",
            })
    void refusesWhatItCannotRun(String change, String reason) {
        assertThatThrownBy(() -> parse(change))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(reason);
    }

    @Test
    void aUniformPrunedModelIsAnOrdinaryConfig() {
        LlamaConfig pruned = parse("{\"layer_types\": [\"full_attention\", \"full_attention\"]}")
                .withShapes(48, List.of(new LayerShape(2, 1, 96)))
                .withNormEps(2e-5);
        ObjectNode json = pruned.toJson(Dtype.BF16);
        assertThat(json.get("model_type").textValue()).isEqualTo("llama");
        assertThat(json.at("/architectures/0").textValue()).isEqualTo("LlamaForCausalLM");
        assertThat(json.get("head_dim").intValue()).isEqualTo(16);
        assertThat(json.get("torch_dtype").textValue()).isEqualTo("bfloat16");
        assertThat(json.at("/something/else").intValue()).isEqualTo(1);
        assertThat(json.has("layer_types")).isFalse();
        assertThat(json.has("espalier_shapes")).isFalse();
        assertThat(LlamaConfig.parse(json, "written").withShapes(48, pruned.layers()))
                .usingRecursiveComparison()
                .ignoringFields("original")
                .isEqualTo(pruned);
    }

    @Test
    void aRaggedModelComesBackAndIsForeignToStockLoaders() {
        List<LayerShape> layers =
                List.of(new LayerShape(3, 2, 96, List.of(0, 0, 1)), new LayerShape(0, 0, 0), new LayerShape(2, 1, 7));
        LlamaConfig ragged =
                parse("{\"model_type\": \"qwen2\", \"num_hidden_layers\": 3}").withShapes(40, layers);
        ObjectNode json = ragged.toJson(Dtype.F32);
        assertThat(json.get("model_type").textValue()).isEqualTo("espalier_llama");
        assertThat(json.at("/architectures/0").textValue()).isEqualTo("EspalierLlamaForCausalLM");
        assertThat(json.get("intermediate_size").intValue()).isEqualTo(96);
        LlamaConfig back = LlamaConfig.parse(json, "written");
        assertThat(back.layers()).isEqualTo(layers);
        assertThat(back.family()).isEqualTo(Family.QWEN2);
        assertThat(back.hiddenSize()).isEqualTo(40);
        assertThat(back.layers().get(0).kvHeadOf(2)).isEqualTo(1);
        assertThat(back.layers().get(2).kvHeadOf(1)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"query_heads\": 3, \"kv_heads\": 2, \"intermediate\": 5} | no multiple",
                "{\"query_heads\": 2, \"kv_heads\": 2, \"intermediate\": 5, \"kv_map\": [0, 2]} | head 2 of 2",
                "{\"query_heads\": 2, \"kv_heads\": 2, \"intermediate\": 5, \"kv_map\": [0]} | 1 entries for 2",
                "{\"query_heads\": 2, \"kv_heads\": 0, \"intermediate\": 5} | vanish together",
                "{\"query_heads\": 9, \"kv_heads\": 1, \"intermediate\": 5} | query_heads is 9",
                "{\"query_heads\": 2, \"kv_heads\": 1} | lacks intermediate",
                "7 | lacks query_heads",
            })
    void refusesRaggedShapesThatContradictThemselves(String shape, String reason) {
        String change = "{\"model_type\": \"espalier_llama\", \"espalier_family\": \"llama\", \"espalier_shapes\": ["
                + shape + ", {\"query_heads\": 4, \"kv_heads\": 2, \"intermediate\": 160}]}";
        assertThatThrownBy(() -> parse(change))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("espalier_shapes[0]")
                .hasMessageContaining(reason);
    }

    private static LlamaConfig parse(String change) {
        try {
            JsonMapper mapper = JsonMapper.builder().build();
            ObjectNode json = (ObjectNode) mapper.readTree(LLAMA);
            json.setAll((ObjectNode) mapper.readTree(change));
            return LlamaConfig.parse(json, "config.json");
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
