package dev.espalier.worker.layout;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Slot;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a layer in its {@link Placement}. Those of a sub-block without heads or channels are left out, its norm
 * with them.
 *
 * @param source the model that the layer is of
 * @param interleaved whether q and k have their rows in the order of interleaved rotary embeddings
 */
public record PlacedLayer(LlamaConfig source, Placement placement, boolean interleaved) {
    /** What another format calls a tensor of the written layer. */
    @FunctionalInterface
    public interface Names {
        String of(Slot slot);
    }

    public List<PlacedTensor> tensors(Names names) {
        LayerShape shape = source.layers().get(placement.layer());
        int hidden = source.hiddenSize();
        int queryColumns = shape.queryHeads() * source.headDim();
        Units queries = Units.heads(placement.queries(), source.headDim(), false);
        Units rotated = Units.heads(placement.queries(), source.headDim(), interleaved);
        Units keys = Units.heads(placement.kvs(), source.headDim(), interleaved);
        Units values = Units.heads(placement.kvs(), source.headDim(), false);
        Units channels = Units.padded(placement.kept(), placement.channels());
        Units stream = Units.same(hidden);
        List<PlacedTensor> tensors = new ArrayList<>();
        if (!placement.queries().isEmpty()) {
            tensors.add(vector(names, Slot.NORM1, stream));
            tensors.add(matrix(names, Slot.Q, hidden, rotated, stream));
            tensors.add(matrix(names, Slot.K, hidden, keys, stream));
            tensors.add(matrix(names, Slot.V, hidden, values, stream));
            tensors.add(matrix(names, Slot.O, queryColumns, stream, queries));
            if (source.qkvBias()) {
                tensors.add(vector(names, Slot.Q_BIAS, rotated));
                tensors.add(vector(names, Slot.K_BIAS, keys));
                tensors.add(vector(names, Slot.V_BIAS, values));
            }
            if (source.outputBias()) {
                tensors.add(vector(names, Slot.O_BIAS, stream));
            }
        }
        if (placement.channels() > 0) {
            tensors.add(vector(names, Slot.NORM2, stream));
            tensors.add(matrix(names, Slot.GATE, hidden, channels, stream));
            tensors.add(matrix(names, Slot.UP, hidden, channels, stream));
            tensors.add(matrix(names, Slot.DOWN, shape.intermediate(), stream, channels));
        }
        return tensors;
    }

    private PlacedTensor matrix(Names names, Slot slot, int columns, Units rows, Units places) {
        return PlacedTensor.matrix(names.of(slot), slot.nameIn(placement.layer()), columns, rows, places);
    }

    private PlacedTensor vector(Names names, Slot slot, Units elements) {
        return PlacedTensor.vector(names.of(slot), slot.nameIn(placement.layer()), elements);
    }
}
