package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors on the device, trained by AdamW. */
public final class TensorGroup implements TrainableGroup {
    private final Torch torch;
    private final String name;
    private final Map<String, NDArray> tensors;
    private final AdamW optimizer;

    /**
     * @param owner owns the optimizer's moments, twice the tensors' memory
     * @param tensors by name, in the order of the gradients; none of them empty
     */
    public TensorGroup(
            Torch torch, NDManager owner, String name, Map<String, NDArray> tensors, AdamW.Settings settings) {
        this.torch = torch;
        this.name = name;
        this.tensors = new LinkedHashMap<>(tensors);
        this.optimizer = new AdamW(torch, owner, new NDList(tensors.values()), settings);
    }

    /** One step. @param gradients like the tensors */
    public void step(NDManager scope, NDList gradients, double learningRate) {
        if (!tensors.isEmpty()) {
            optimizer.step(scope, gradients, learningRate);
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** Of the tensors, in their order. */
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public List<Trainable> trainables() {
        List<Trainable> trainables = new ArrayList<>();
        tensors.forEach((tensor, value) -> {
            int at = trainables.size();
            trainables.add(new Trainable(
                    tensor,
                    new Numbers.OnDevice(torch, value),
                    new Numbers.OnDevice(torch, optimizer.first().get(at)),
                    new Numbers.OnDevice(torch, optimizer.second().get(at))));
        });
        return trainables;
    }

    @Override
    public long steps() {
        return optimizer.steps();
    }

    @Override
    public void restoreSteps(long taken) {
        optimizer.restoreSteps(taken);
    }

    @Override
    public Map<String, String> settings() {
        return Map.of();
    }
}
