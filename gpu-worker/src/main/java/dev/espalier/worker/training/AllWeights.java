package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a decoder in training, in their place: matrices with weight decay, norms and biases without; with the
 * embedding and the head, or without.
 */
public final class AllWeights implements Tuning {
    private final Decoder model;
    private final Torch torch;
    private final NDManager owner;
    private final double maxNorm;
    private final boolean words;
    private final TensorGroup matrices;
    private final TensorGroup vectors;

    /**
     * @param model its weights must lie in memory that may be written to
     * @param maxNorm to which gradients are clipped
     * @param words whether embedding and head are trained, too
     */
    public AllWeights(Decoder model, AdamW.Settings settings, double maxNorm, boolean words) {
        this.model = model;
        this.torch = model.torch();
        this.owner = torch.scope();
        this.maxNorm = maxNorm;
        this.words = words;
        Map<String, NDArray> two = new LinkedHashMap<>();
        Map<String, NDArray> one = new LinkedHashMap<>();
        named(model, words)
                .forEach((name, tensor) -> (tensor.getShape().dimension() == 1 ? one : two).put(name, tensor));
        try {
            matrices = new TensorGroup(torch, owner, "matrices", two, settings);
            vectors = new TensorGroup(torch, owner, "vectors", one, settings.withoutDecay());
        } catch (RuntimeException e) {
            // Too little memory for the moments: half of them must not stay.
            owner.close();
            throw e;
        }
    }

    /** Whether a version is one of all weights. */
    public static boolean areIn(StudentFile version) {
        return version.has(WeightShapes.FINAL_NORM);
    }

    /** Fills the weights with a version's, without what trains them. Those of the words stay if it has none. */
    public static void read(StudentFile version, Decoder model) {
        boolean words = version.has(WeightShapes.EMBEDDING);
        named(model, words).forEach((name, tensor) -> version.read(name, new Numbers.OnDevice(model.torch(), tensor)));
    }

    private static Map<String, NDArray> named(Decoder model, boolean words) {
        return named(model, words, model.weights(), model.embedding(), model.norm(), model.head());
    }

    /** Tensors that are there, by checkpoint name; a tied head is the embedding and has no name of its own. */
    private static Map<String, NDArray> named(
            Decoder model, boolean words, List<NDArray> layers, NDArray embedding, NDArray norm, NDArray head) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        if (words) {
            named.put(WeightShapes.EMBEDDING, embedding);
        }
        named.put(WeightShapes.FINAL_NORM, norm);
        if (words && !model.config().tiedEmbeddings()) {
            named.put(WeightShapes.HEAD, head);
        }
        for (int i = 0; i < layers.size(); i++) {
            Slot slot = Slot.ofIndex(i);
            if (slot.isStored() && layers.get(i).size() > 0) {
                named.put(slot.nameIn(i / Slot.STRIDE), layers.get(i));
            }
        }
        return named;
    }

    @Override
    public Variant variant() {
        return Variant.INTACT;
    }

    @Override
    public Gradients own() {
        return words ? Gradients.ALL : Gradients.LAYERS;
    }

    @Override
    public double step(NDManager scope, TrainingPass.Step gradients, double learningRate) {
        NDList ofAll = gradients.weights();
        int top = model.weights().size();
        Map<String, NDArray> named =
                named(model, words, ofAll.subList(0, top), ofAll.get(top), ofAll.get(top + 1), ofAll.get(top + 2));
        double norm = AdamW.clip(torch, scope, new NDList(named.values()), maxNorm);
        if (Double.isFinite(norm)) {
            for (TensorGroup group : List.of(matrices, vectors)) {
                NDList ofGroup = new NDList();
                group.names().forEach(name -> ofGroup.add(named.get(name)));
                group.step(scope, ofGroup, learningRate);
            }
        }
        return norm;
    }

    @Override
    public List<TrainableGroup> groups() {
        return List.of(matrices, vectors);
    }

    /** Frees the moments; the weights are the model's. */
    @Override
    public void close() {
        owner.close();
    }
}
