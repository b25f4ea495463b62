package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.export.ModelWriter;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The other way round than the {@link Compactor}: a smaller model in the intact one's shape, its units in the places that
 * they came from, zeros in those of units that are gone. It computes the same, and its units have the intact one's numbers.
 * Hidden channels must all be there.
 */
public final class Expander {
    private final Decoder small;
    private final Torch torch;
    private final PrunableShape shape;
    private final MaskSet kept;

    /**
     * @param shape the intact model's
     * @param kept gates of 0 and 1: its units that are left in {@code small}
     */
    public Expander(Decoder small, PrunableShape shape, MaskSet kept) {
        if (kept.layers() != small.config().layers().size() || small.config().hiddenSize() != shape.hidden()) {
            throw new IllegalArgumentException("a model of "
                    + small.config().layers().size() + " layers and hidden size "
                    + small.config().hiddenSize() + " cannot be put back into " + shape.layers() + " layers and "
                    + shape.hidden());
        }
        this.small = small;
        this.torch = small.torch();
        this.shape = shape;
        this.kept = kept;
    }

    /**
     * @param variant its factors are folded in; it must have no masks
     * @param source where the tokenizer is
     * @param done hears of 0 layers before anything is touched, and of each; may throw
     */
    public void write(Variant variant, Path source, Path target, IntConsumer done) {
        LayerShape intact = new LayerShape(shape.queryHeads(), shape.kvHeads(), shape.intermediate());
        LlamaConfig config = small.config().withShapes(shape.hidden(), Collections.nCopies(shape.layers(), intact));
        done.accept(0);
        try (ModelWriter writer = new ModelWriter(torch, target, config, Dtype.F32)) {
            for (int layer = 0; layer < shape.layers(); layer++) {
                try (NDManager step = torch.scope()) {
                    NDList tensors = new NDList(LayerTensors.folded(step, small, variant, layer));
                    putBack(step, tensors, layer);
                    writer.layer(layer, tensors);
                }
                done.accept(layer + 1);
            }
            writer.top(small.embedding(), small.norm(), small.head());
            writer.finish(source);
        }
    }

    private void putBack(NDManager step, NDList tensors, int layer) {
        HeadUnits heads = HeadUnits.kept(shape, units(kept.heads(layer), shape.headUnits()));
        int queries = shape.queryHeads() * shape.headSize();
        int keys = shape.kvHeads() * shape.headSize();
        rows(step, tensors, heads.queryRows(), queries, List.of(Slot.Q, Slot.Q_BIAS));
        rows(step, tensors, heads.kvRows(), keys, List.of(Slot.K, Slot.K_BIAS, Slot.V, Slot.V_BIAS));
        columns(step, tensors, heads.queryRows(), queries, Slot.O);
        int[] channels = units(kept.ffn(layer), shape.intermediate()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        rows(step, tensors, channels, shape.intermediate(), List.of(Slot.GATE, Slot.UP));
        columns(step, tensors, channels, shape.intermediate(), Slot.DOWN);
    }

    /** @param gates none: all are left */
    private static List<Integer> units(double[] gates, int all) {
        return IntStream.range(0, all)
                .filter(i -> gates.length == 0 || gates[i] != 0)
                .boxed()
                .toList();
    }

    /** Absent biases stay absent. */
    private void rows(NDManager step, NDList tensors, int[] at, int count, List<Slot> slots) {
        for (Slot slot : slots) {
            NDArray few = slot.of(tensors);
            if (few.size() > 0 && at.length < count) {
                String how = slot.isProjection() ? "spread_rows" : "spread_entries";
                slot.set(tensors, torch.tensor(step, how, few, torch.ints(step, at, at.length), count));
            }
        }
    }

    private void columns(NDManager step, NDList tensors, int[] at, int count, Slot slot) {
        if (at.length < count) {
            NDArray indices = torch.ints(step, at, at.length);
            slot.set(tensors, torch.tensor(step, "spread_columns", slot.of(tensors), indices, count));
        }
    }
}
