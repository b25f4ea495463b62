package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * The architecture of a LLaMA-like model, from config.json or about to be written there. Layers may differ in shape;
 * {@code layers} lists them also for ordinary, uniform models.
 *
 * @param hiddenSize width of the residual stream
 * @param headDim size of each head, even
 * @param layers one shape per transformer layer
 * @param maxPositions longest sequence
 * @param normEps epsilon of the norms of the residual stream, which is the stock one divided by the embedding's multiplier
 * @param rope rotation of queries and keys by their positions
 * @param tiedEmbeddings the output head is the embedding matrix; there is no lm_head tensor
 * @param qkvBias biases on q, k and v
 * @param outputBias a bias on the attention's output projection
 * @param architecture what else differs from LLaMA
 * @param bos begin-of-text id, or null
 * @param eos end-of-text ids, possibly none
 * @param original config.json as read; {@link #toJson} keeps what it does not know
 */
public record LlamaConfig(
        Family family,
        int vocabularySize,
        int hiddenSize,
        int headDim,
        List<LayerShape> layers,
        int maxPositions,
        double normEps,
        Rope rope,
        boolean tiedEmbeddings,
        boolean qkvBias,
        boolean outputBias,
        Architecture architecture,
        Integer bos,
        List<Integer> eos,
        ObjectNode original) {

    public LlamaConfig {
        layers = List.copyOf(layers);
        eos = List.copyOf(eos);
        original = original.deepCopy();
    }

    @Override
    public ObjectNode original() {
        return original.deepCopy();
    }

    /** @throws UserError if the file is missing, malformed, or describes a model that is not supported */
    public static LlamaConfig read(Path configFile) {
        return parse(JsonFile.read(configFile), configFile.toString());
    }

    /**
     * Reads config.json's fields from an object.
     *
     * @param where named in error messages
     * @throws UserError as {@link #read}
     */
    public static LlamaConfig parse(ObjectNode json, String where) {
        return new LlamaConfigReader(json, where).read();
    }

    /** All layers have one shape and query heads share KV heads in the ordinary order, as stock loaders assume. */
    public boolean isUniform() {
        LayerShape first = layers.get(0);
        return first.kvMap() == null
                && first.queryHeads() > 0
                && first.intermediate() > 0
                && layers.stream().allMatch(first::equals);
    }

    /**
     * The token between documents in training text: the first end-of-text id, or else the begin-of-text id.
     *
     * @throws UserError if the embedding has no row for it
     */
    public OptionalInt documentSeparator() {
        if (!eos.isEmpty()) {
            return separator("eos_token_id", eos.get(0));
        }
        return bos == null ? OptionalInt.empty() : separator("bos_token_id", bos);
    }

    private OptionalInt separator(String field, int id) {
        if (id >= vocabularySize) {
            throw new UserError("config.json: " + field + " is " + id + ", and it stands between documents in training"
                    + " text, but the embedding has only " + vocabularySize + " rows (vocab_size): ids are 0 to "
                    + (vocabularySize - 1) + ". Correct " + field + ".");
        }
        return OptionalInt.of(id);
    }

    /** Longest sequence that no sliding window cuts: what a format without windows can say. */
    public int ordinaryPositions() {
        return architecture.layers().stream()
                .mapToInt(LayerAttention::window)
                .filter(window -> window > 0)
                .reduce(maxPositions, Math::min);
    }

    /** Number of parameters, tied embeddings counted once. */
    public long parameters() {
        return WeightShapes.of(this).values().stream()
                .mapToLong(TensorInfo::elements)
                .sum();
    }

    /** The same model with other shapes, as after pruning; the first layers if there are fewer. */
    public LlamaConfig withShapes(int newHiddenSize, List<LayerShape> newLayers) {
        return with(newHiddenSize, newLayers, normEps, tiedEmbeddings, architecture.first(newLayers.size()), original);
    }

    /** How large it is, if its layers are alike. */
    public ModelShape shape() {
        LayerShape layer = layers.get(0);
        return new ModelShape(
                layers.size(), hiddenSize, layer.queryHeads(), layer.kvHeads(), headDim, layer.intermediate());
    }

    /** Parameters of the same model in another size. */
    public long parameters(ModelShape size) {
        LayerShape layer = new LayerShape(size.heads(), size.kvHeads(), size.intermediate());
        return withShapes(size.hidden(), Collections.nCopies(size.layers(), layer))
                .parameters();
    }

    /**
     * The same model with only some of its layers, in config.json's lists of layers, too.
     *
     * @param kept which stay, ascending
     */
    public LlamaConfig keeping(int[] kept) {
        return with(
                hiddenSize,
                Arrays.stream(kept).mapToObj(layers::get).toList(),
                normEps,
                tiedEmbeddings,
                architecture.keeping(kept),
                LlamaConfigWriter.keeping(original, layers.size(), kept));
    }

    /** The same model with an output head of its own, whatever its config.json says. */
    public LlamaConfig untied() {
        return with(hiddenSize, layers, normEps, false, architecture, original);
    }

    /** The same model with another norm epsilon, as when pruned hidden channels are folded into the norms. */
    public LlamaConfig withNormEps(double newNormEps) {
        return with(hiddenSize, layers, newNormEps, tiedEmbeddings, architecture, original);
    }

    private LlamaConfig with(
            int newHiddenSize,
            List<LayerShape> newLayers,
            double newNormEps,
            boolean tied,
            Architecture newArchitecture,
            ObjectNode json) {
        return new LlamaConfig(
                family,
                vocabularySize,
                newHiddenSize,
                headDim,
                newLayers,
                maxPositions,
                newNormEps,
                rope,
                tied,
                qkvBias,
                outputBias,
                newArchitecture,
                bos,
                eos,
                json);
    }

    /** Epsilon of the norms of queries, keys and sub-blocks' outputs, which is config.json's. */
    public double innerNormEps() {
        return normEps * architecture.embeddingScale() * architecture.embeddingScale();
    }

    /**
     * config.json: the original's fields with this record's shapes. A uniform model is an ordinary one of its family,
     * head_dim always explicit; any other gets a model_type of ours, so that stock loaders refuse it instead of
     * loading it wrong.
     *
     * @param dtype of the weights beside it
     */
    public ObjectNode toJson(Dtype dtype) {
        return LlamaConfigWriter.write(this, dtype);
    }
}
