package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.torch.NativeHeap;
import dev.espalier.worker.torch.Torch;
import java.util.Map;

/**
 * A LLaMA-family decoder on a device: frozen weights, and the kernels applied to them under a {@link Variant}. Layers
 * may have shapes of their own. Letters of shapes are those of the kernels' README.
 */
public final class Decoder implements AutoCloseable {
    private static final int VOCABULARY_CHUNK_BYTES = 48 << 20;

    private final Torch torch;
    private final NDManager owner;
    private final LlamaConfig config;
    private final NDArray embedding;
    private final NDArray norm;
    private final NDArray head;
    private final NDList rope;
    private final NDList weights;
    private final Layers layers;
    private final boolean recompute;

    /** Where a layer's tensors are. */
    private interface Layers {
        /** Those of a layer, by {@link Slot}. @param scope owns what is only read now */
        NDList of(NDManager scope, int layer);
    }

    private Decoder(
            Torch torch,
            NDManager owner,
            LlamaConfig config,
            NDArray embedding,
            NDArray norm,
            NDArray head,
            NDList weights,
            Layers layers,
            int positions,
            boolean recompute) {
        this.torch = torch;
        this.owner = owner;
        this.config = config;
        this.embedding = embedding;
        this.norm = norm;
        this.head = head;
        this.weights = weights;
        this.layers = layers;
        this.recompute = recompute;
        RotaryTable table = RotaryTable.of(config, positions);
        this.rope = new NDList(
                torch.floats(owner, table.cosines(), positions, table.width()),
                torch.floats(owner, table.sines(), positions, table.width()));
        owner.cap();
    }

    /**
     * Loads a model folder. Weights stored in float32 stay in the memory-mapped file, which the folder must keep open;
     * they must not be written to. Halves are widened into memory of their own.
     *
     * @param positions the longest sequence that will be asked for
     * @param recompute run a layer's forward pass again in the backward pass instead of keeping its activations
     * @throws UserError if main memory is where the weights go, and too little is free
     */
    public static Decoder load(Torch torch, ModelFolder folder, int positions, boolean recompute) {
        return load(torch, folder, positions, recompute, Precision.F32);
    }

    /**
     * {@link #load(Torch, ModelFolder, int, boolean)} with projections in a type of their own.
     */
    public static Decoder load(Torch torch, ModelFolder folder, int positions, boolean recompute, Precision precision) {
        return load(torch, folder, positions, recompute, precision, false);
    }

    /**
     * {@link #load(Torch, ModelFolder, int, boolean)} into memory of its own, which training may write to.
     */
    public static Decoder loadToTrain(Torch torch, ModelFolder folder, int positions, boolean recompute) {
        return load(torch, folder, positions, recompute, Precision.F32, true);
    }

    private static Decoder load(
            Torch torch, ModelFolder folder, int positions, boolean recompute, Precision precision, boolean own) {
        if (!torch.device().isGpu()) {
            FreeMemory.require(ModelMemory.of(folder, precision, own), "the model in " + folder.path());
        }
        NDManager owner = torch.scope();
        try {
            WeightLoader loader = new WeightLoader(torch, folder.weights(), own);
            return load(loader, torch, owner, folder, positions, recompute, precision, false);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /**
     * A model in float32 of which memory holds embedding, head and the layer that {@link #layer} is asked for: for what goes
     * through the layers once. Whatever needs all of them at a time refuses.
     *
     * @param folder stays open as long
     * @throws UserError if main memory does not hold that, and the Gram matrix of a layer's inputs, which is what is measured
     */
    public static Decoder byLayers(Torch torch, ModelFolder folder, int positions) {
        if (!torch.device().isGpu()) {
            FreeMemory.require(ModelMemory.byLayers(folder), "the model in " + folder.path() + ", a layer at a time,");
        }
        NDManager owner = torch.scope();
        try {
            WeightLoader loader = new WeightLoader(torch, folder.weights(), false);
            return load(loader, torch, owner, folder, positions, true, Precision.F32, true);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /** Whether main memory holds a model in float32; a GPU tells when it is loaded. */
    public static boolean fits(Torch torch, ModelFolder folder) {
        return torch.device().isGpu() || FreeMemory.holds(ModelMemory.of(folder, Precision.F32, false));
    }

    private static Decoder load(
            WeightLoader loader,
            Torch torch,
            NDManager owner,
            ModelFolder folder,
            int positions,
            boolean recompute,
            Precision precision,
            boolean byLayers) {
        LlamaConfig config = folder.config();
        NDArray embedding = loader.float32(owner, folder.place(WeightShapes.EMBEDDING));
        NDArray norm = loader.float32(owner, folder.place(WeightShapes.FINAL_NORM));
        NDArray head = config.tiedEmbeddings() ? embedding : loader.float32(owner, folder.place(WeightShapes.HEAD));
        Layers reading = (scope, layer) -> layer(loader, torch, scope, folder, layer, precision);
        NDList weights = new NDList();
        if (byLayers) {
            return new Decoder(torch, owner, config, embedding, norm, head, weights, reading, positions, recompute);
        }
        for (int layer = 0; layer < config.layers().size(); layer++) {
            weights.addAll(reading.of(owner, layer));
        }
        return new Decoder(torch, owner, config, embedding, norm, head, weights, in(weights), positions, recompute);
    }

    private static NDList layer(
            WeightLoader loader, Torch torch, NDManager owner, ModelFolder folder, int layer, Precision precision) {
        NDList tensors = new NDList();
        for (Slot slot : Slot.values()) {
            String name = slot.isStored() ? slot.nameIn(layer) : "";
            if (!folder.has(name)) {
                tensors.add(LayerTensors.unstored(torch, owner, folder.config(), layer, slot));
            } else if (precision == Precision.BF16 && slot.isProjection()) {
                tensors.add(loader.bfloat16(owner, folder.place(name)));
            } else {
                tensors.add(loader.float32(owner, folder.place(name)));
            }
        }
        return tensors;
    }

    private static Layers in(NDList weights) {
        return (scope, layer) -> new NDList(weights.subList(layer * Slot.STRIDE, (layer + 1) * Slot.STRIDE));
    }

    /** A decoder over tensors that the caller made, which it takes over: embedding, norm, head, then the layers'. */
    public static Decoder of(
            Torch torch, NDManager owner, LlamaConfig config, NDList tensors, int positions, boolean recompute) {
        NDList weights = new NDList(tensors.subList(3, tensors.size()));
        return new Decoder(
                torch,
                owner,
                config,
                tensors.get(0),
                tensors.get(1),
                tensors.get(2),
                weights,
                in(weights),
                positions,
                recompute);
    }

    /**
     * A decoder whose weights say nothing: for whoever asks how long a model of a shape takes.
     *
     * @throws UserError if main memory is where the weights go, and too little is free
     */
    public static Decoder meaningless(Torch torch, LlamaConfig config, int positions) {
        if (!torch.device().isGpu()) {
            FreeMemory.require(Float.BYTES * config.parameters(), "a model whose speed is measured");
        }
        NDManager owner = torch.scope();
        try {
            Map<String, long[]> shapes = WeightShapes.of(config);
            NDArray embedding = meaningless(torch, owner, WeightShapes.EMBEDDING, shapes);
            NDArray norm = meaningless(torch, owner, WeightShapes.FINAL_NORM, shapes);
            NDArray head = config.tiedEmbeddings() ? embedding : meaningless(torch, owner, WeightShapes.HEAD, shapes);
            NDList weights = new NDList();
            for (int layer = 0; layer < config.layers().size(); layer++) {
                for (Slot slot : Slot.values()) {
                    String name = slot.isStored() ? slot.nameIn(layer) : "";
                    weights.add(
                            shapes.containsKey(name)
                                    ? meaningless(torch, owner, name, shapes)
                                    : LayerTensors.unstored(torch, owner, config, layer, slot));
                }
            }
            return new Decoder(torch, owner, config, embedding, norm, head, weights, in(weights), positions, false);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /** Neither zeros nor denormal numbers, which some processors take another time for. */
    private static NDArray meaningless(Torch torch, NDManager owner, String name, Map<String, long[]> shapes) {
        return torch.floats(owner, shapes.get(name), buffer -> {
            for (int i = 0; buffer.hasRemaining(); i++) {
                buffer.put((i % 251 - 125) * 1.6e-4f);
            }
        });
    }

    public LlamaConfig config() {
        return config;
    }

    public Torch torch() {
        return torch;
    }

    public NDArray embedding() {
        return embedding;
    }

    public NDArray norm() {
        return norm;
    }

    public NDArray head() {
        return head;
    }

    /**
     * All layers' tensors, {@link Slot#STRIDE} a layer.
     *
     * @throws IllegalStateException of a model {@link #byLayers}
     */
    public NDList weights() {
        if (weights.isEmpty() && !config.layers().isEmpty()) {
            throw new IllegalStateException("the layers of this model are read one at a time");
        }
        return weights;
    }

    /** A layer's tensors by {@link Slot}, in a list of the caller's own. @param scope owns what is only read now */
    public NDList layer(NDManager scope, int layer) {
        return layers.of(scope, layer);
    }

    public NDList rope() {
        return rope;
    }

    /** Whether a layer's forward pass runs again in the backward pass. */
    boolean recomputes() {
        return recompute;
    }

    /** The longest sequence that this can be asked for. */
    public int positions() {
        return Math.toIntExact(rope.get(0).getShape().get(0));
    }

    /** @return [final [T,d]], and with {@code allLayers} the outputs of layers 1 .. L-1 */
    public NDList hiddenStates(NDManager scope, NDArray ids, Variant variant, boolean allLayers) {
        return hiddenStates(scope, ids, variant, allLayers, rope);
    }

    private NDList hiddenStates(NDManager scope, NDArray ids, Variant variant, boolean allLayers, NDList positions) {
        return torch.call(
                scope,
                "hidden_states",
                ids,
                embedding,
                norm,
                positions,
                weights(),
                variant.lora(),
                variant.scale(),
                variant.masks(),
                config.headDim(),
                config.normEps(),
                allLayers);
    }

    /** Logits [T, V]; for small inputs. */
    public NDArray logits(NDManager scope, NDArray ids, Variant variant) {
        NDArray hidden = hiddenStates(scope, ids, variant, false).get(0);
        return torch.tensor(scope, "logits", hidden, head, config.architecture().logitCap());
    }

    /** @param labels [T], -100 where nothing is to be predicted; @return negative log-likelihoods [T], nats */
    public NDArray tokenNll(NDManager scope, NDArray ids, NDArray labels, Variant variant) {
        NDArray hidden = hiddenStates(scope, ids, variant, false).get(0);
        return torch.tensor(
                scope,
                "token_nll",
                hidden,
                head,
                labels,
                chunk(),
                config.architecture().logitCap());
    }

    /**
     * KL divergence [N], nats, of what a variant says next from what this model says, at the N positions that have a label; by a
     * forward pass alone.
     *
     * @param intact what {@link #hiddenStates} returned of the same {@code ids} for what is compared with [T,d]
     * @param labels [T], -100 where nothing is to be predicted
     */
    public NDArray divergence(NDManager scope, NDArray ids, NDArray labels, NDArray intact, Variant variant) {
        NDArray hidden = hiddenStates(scope, ids, variant, false).get(0);
        return torch.tensor(
                scope,
                "divergence",
                hidden,
                intact,
                head,
                labels,
                chunk(),
                config.architecture().logitCap());
    }

    /**
     * Negative log-likelihoods [N], nats, in sequences that branch: a stem, then continuations that each follow the stem
     * and do not see each other.
     *
     * @param ids [B,S]; @param positions of the tokens [B,S], those of each continuation going on from the stem's
     * @param branches 0 for the stem, a number of its own for each continuation [B,S]
     * @param at the tokens, counted over [B*S], after which something is predicted [N]; @param labels what [N]
     */
    public NDArray branchedNll(
            NDManager scope, NDArray ids, NDArray positions, NDArray branches, NDArray at, NDArray labels) {
        NDList branched = torch.call(scope, "branched", rope, positions, branches);
        NDArray hidden =
                hiddenStates(scope, ids, Variant.INTACT, false, branched).get(0);
        return torch.tensor(
                scope,
                "nll_at",
                hidden,
                head,
                at,
                labels,
                chunk(),
                config.architecture().logitCap());
    }

    /**
     * Adds the squared gradients of some text to those of other text: at each layer's output, of words that the model draws.
     *
     * @param sums [d,d] for each layer; changed
     * @param ids [B,S]; @param drawn numbers in 0..1 that say which words are drawn [B*S]
     */
    public void addCurvature(NDManager scope, NDList sums, NDArray ids, NDArray drawn) {
        torch.call(
                scope,
                "curvature_add",
                sums,
                ids,
                drawn,
                embedding,
                norm,
                head,
                rope,
                weights(),
                config.headDim(),
                config.normEps(),
                chunk(),
                config.architecture().logitCap());
    }

    /**
     * Extends a text by some tokens, whose keys and values are written into the cache.
     *
     * @param ids [1,S]; S is 1 unless {@code start} is 0
     * @param start position of the first of them
     * @param cache of at least {@code start + S} positions
     * @return logits [V] after the last token
     */
    NDArray decode(NDManager scope, NDArray ids, int start, NDList cache) {
        return torch.tensor(
                scope,
                "decode",
                ids,
                start,
                embedding,
                norm,
                head,
                rope,
                weights(),
                config.headDim(),
                config.normEps(),
                cache,
                config.architecture().logitCap());
    }

    /** Room for the keys and values of each layer, both [1,K,P,e], of P positions. */
    NDList cache(NDManager scope, int positions) {
        NDList cache = new NDList();
        for (LayerShape layer : config.layers()) {
            Shape shape = new Shape(1, layer.kvHeads(), positions, config.headDim());
            cache.add(scope.zeros(shape, DataType.FLOAT32));
            cache.add(scope.zeros(shape, DataType.FLOAT32));
        }
        return cache;
    }

    /** Tokens whose logits are held at a time, so that they take some tens of MB whatever the vocabulary. */
    public int chunk() {
        return Math.max(16, VOCABULARY_CHUNK_BYTES / (4 * config.vocabularySize()));
    }

    /** Gives the memory of the weights, and of what was computed with them, back to the system. */
    @Override
    public void close() {
        owner.close();
        NativeHeap.giveBack();
    }
}
