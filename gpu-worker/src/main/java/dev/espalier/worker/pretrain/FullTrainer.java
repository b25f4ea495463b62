package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.TokenTensors;
import java.util.LinkedHashMap;
import java.util.Map;

/** Trains every weight of a decoder with cross-entropy: matrices with weight decay, norms and biases without. */
public final class FullTrainer {
    private static final double EPSILON = 1e-8;

    /** @param loss mean cross-entropy, nats; @param gradientNorm before clipping */
    public record Result(double loss, double gradientNorm) {}

    private final Decoder model;
    private final Torch torch;
    private final double clip;
    private final Map<String, NDArray> matrices = new LinkedHashMap<>();
    private final Map<String, NDArray> vectors = new LinkedHashMap<>();
    private final AdamW matrixOptimizer;
    private final AdamW vectorOptimizer;

    /** @param owner owns the optimizers' moments */
    public FullTrainer(Decoder model, NDManager owner, PretrainConfig.Betas betas, double decay, double clip) {
        this.model = model;
        this.torch = model.torch();
        this.clip = clip;
        named(model.weights(), model.embedding(), model.norm(), model.head()).forEach((name, tensor) -> {
            (tensor.getShape().dimension() == 1 ? vectors : matrices).put(name, tensor);
        });
        matrixOptimizer = optimizer(owner, matrices, betas, decay);
        vectorOptimizer = optimizer(owner, vectors, betas, 0);
    }

    private AdamW optimizer(NDManager owner, Map<String, NDArray> tensors, PretrainConfig.Betas betas, double decay) {
        AdamW.Settings settings = new AdamW.Settings(betas.first(), betas.second(), EPSILON, decay);
        return new AdamW(torch, owner, new NDList(tensors.values()), settings);
    }

    /** Tensors that are there, by checkpoint name; a tied head is the embedding and has no name of its own. */
    private Map<String, NDArray> named(NDList layers, NDArray embedding, NDArray norm, NDArray head) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        named.put(WeightShapes.EMBEDDING, embedding);
        named.put(WeightShapes.FINAL_NORM, norm);
        if (!model.config().tiedEmbeddings()) {
            named.put(WeightShapes.HEAD, head);
        }
        for (int i = 0; i < layers.size(); i++) {
            Slot slot = Slot.ofIndex(i);
            if (Slot.STORED.contains(slot) && layers.get(i).size() > 0) {
                named.put(slot.nameIn(i / Slot.STRIDE), layers.get(i));
            }
        }
        return named;
    }

    /** One step on sequences of one length; a step that is not finite changes nothing. */
    public Result step(int[][] rows, double learningRate) {
        try (NDManager scope = torch.scope()) {
            Decoder.Step out = model.languageStep(
                    scope,
                    TokenTensors.ids(torch, scope, rows),
                    TokenTensors.nextTokens(torch, scope, rows),
                    Variant.INTACT,
                    true);
            int top = model.weights().size();
            NDList layers = new NDList(out.weights().subList(0, top));
            Map<String, NDArray> gradients = named(
                    layers,
                    out.weights().get(top),
                    out.weights().get(top + 1),
                    out.weights().get(top + 2));
            double norm = AdamW.clip(torch, scope, new NDList(gradients.values()), clip);
            double loss = out.losses().get(0).getFloat();
            if (Double.isFinite(norm) && Double.isFinite(loss)) {
                matrixOptimizer.step(scope, picked(gradients, matrices), learningRate);
                vectorOptimizer.step(scope, picked(gradients, vectors), learningRate);
            }
            return new Result(loss, norm);
        }
    }

    private static NDList picked(Map<String, NDArray> gradients, Map<String, NDArray> like) {
        NDList picked = new NDList();
        like.keySet().forEach(name -> picked.add(gradients.get(name)));
        return picked;
    }

    /** Everything that training changes, by name: weights, and their moments with {@code .first} and {@code .second}. */
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        add(state, matrices, matrixOptimizer);
        add(state, vectors, vectorOptimizer);
        return state;
    }

    private static void add(Map<String, NDArray> state, Map<String, NDArray> tensors, AdamW optimizer) {
        int at = 0;
        for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
            state.put(tensor.getKey(), tensor.getValue());
            state.put(tensor.getKey() + ".first", optimizer.first().get(at));
            state.put(tensor.getKey() + ".second", optimizer.second().get(at));
            at++;
        }
    }

    /** Steps the optimizers have taken. */
    public int steps() {
        return matrixOptimizer.steps();
    }

    public void restoreSteps(int taken) {
        matrixOptimizer.restoreSteps(taken);
        vectorOptimizer.restoreSteps(taken);
    }
}
