package dev.espalier.worker.checkpoint;

import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares the tensors of a checkpoint with what its config.json lets expect. */
record WeightCheck(LlamaConfig config, SafetensorsReader weights) {
    private static final int NAMED = 5;

    /** One sentence per kind of problem; empty if all is well. */
    List<String> problems() {
        Map<String, long[]> expected = WeightPlaces.of(config).stored();
        List<String> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        expected.forEach((name, shape) -> {
            String stored = TiedHead.storedName(config, weights, name);
            if (!weights.names().contains(stored)) {
                missing.add(name);
                return;
            }
            TensorInfo found = weights.info(stored);
            if (!Arrays.equals(found.shape(), shape)) {
                wrong.add(stored + " is " + Arrays.toString(found.shape()) + ", expected " + Arrays.toString(shape));
            } else if (!found.dtype().isWeight()) {
                wrong.add(stored + " has the dtype " + found.dtype() + ", expected F32, F16 or BF16");
            }
        });
        TreeSet<String> unknown = new TreeSet<>(weights.names());
        unknown.removeAll(expected.keySet());
        unknown.removeIf(this::isHarmless);

        List<String> problems = new ArrayList<>();
        report("Tensors missing from the weights: ", missing, problems);
        report("Tensors that contradict config.json: ", wrong, problems);
        report("Tensors that no " + config.family().modelType() + " model has: ", List.copyOf(unknown), problems);
        return problems;
    }

    /** Stored by some exporters though nothing reads it: rotary tables, and the copy of a tied head. */
    private boolean isHarmless(String name) {
        return name.endsWith("rotary_emb.inv_freq") || (config.tiedEmbeddings() && name.equals(WeightShapes.HEAD));
    }

    private static void report(String what, List<String> items, List<String> problems) {
        if (!items.isEmpty()) {
            int more = items.size() - NAMED;
            problems.add(what
                    + String.join("; ", items.subList(0, Math.min(NAMED, items.size())))
                    + (more > 0 ? "; and " + more + " more." : "."));
        }
    }
}
