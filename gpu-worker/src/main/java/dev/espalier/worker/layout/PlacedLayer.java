package dev.espalier.worker.layout;

import dev.espalier.worker.checkpoint.Architecture;
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
        List<PlacedTensor> tensors = new ArrayList<>();
        if (!placement.queries().isEmpty()) {
            attention(names, tensors);
        }
        if (placement.channels() > 0) {
            ffn(names, tensors);
        }
        return tensors;
    }

    private void attention(Names names, List<PlacedTensor> tensors) {
        int queryColumns = source.layers().get(placement.layer()).queryHeads() * source.headDim();
        Units queries = Units.heads(placement.queries(), source.headDim(), false);
        Units rotated = Units.heads(placement.queries(), source.headDim(), interleaved);
        Units keys = Units.heads(placement.kvs(), source.headDim(), interleaved);
        Units values = Units.heads(placement.kvs(), source.headDim(), false);
        Units stream = Units.same(source.hiddenSize());
        if (source.architecture().norms().before()) {
            tensors.add(vector(names, Slot.NORM1, stream));
        }
        tensors.add(matrix(names, Slot.Q, source.hiddenSize(), rotated, stream));
        tensors.add(matrix(names, Slot.K, source.hiddenSize(), keys, stream));
        tensors.add(matrix(names, Slot.V, source.hiddenSize(), values, stream));
        tensors.add(matrix(names, Slot.O, queryColumns, stream, queries));
        if (source.qkvBias()) {
            tensors.add(vector(names, Slot.Q_BIAS, rotated));
            tensors.add(vector(names, Slot.K_BIAS, keys));
            tensors.add(vector(names, Slot.V_BIAS, values));
        }
        if (source.outputBias()) {
            tensors.add(vector(names, Slot.O_BIAS, stream));
        }
        Architecture.QueryKeyNorm over = source.architecture().queryKeyNorm();
        if (over != Architecture.QueryKeyNorm.NONE) {
            Units head = Units.same(source.headDim());
            boolean all = over == Architecture.QueryKeyNorm.ALL;
            tensors.add(vector(names, Slot.Q_NORM, all ? queries : head));
            tensors.add(vector(names, Slot.K_NORM, all ? values : head));
        }
        if (source.architecture().norms().after()) {
            tensors.add(vector(names, Slot.ATTENTION_NORM, stream));
        }
    }

    private void ffn(Names names, List<PlacedTensor> tensors) {
        int sourceChannels = source.layers().get(placement.layer()).intermediate();
        Units channels = Units.padded(placement.kept(), placement.channels());
        Units stream = Units.same(source.hiddenSize());
        if (source.architecture().norms().before()) {
            tensors.add(vector(names, Slot.NORM2, stream));
        }
        tensors.add(matrix(names, Slot.GATE, source.hiddenSize(), channels, stream));
        tensors.add(matrix(names, Slot.UP, source.hiddenSize(), channels, stream));
        tensors.add(matrix(names, Slot.DOWN, sourceChannels, stream, channels));
        if (source.architecture().norms().after()) {
            tensors.add(vector(names, Slot.FFN_NORM, stream));
        }
    }

    private PlacedTensor matrix(Names names, Slot slot, int columns, Units rows, Units places) {
        return PlacedTensor.matrix(names.of(slot), slot.nameIn(placement.layer()), columns, rows, places);
    }

    private PlacedTensor vector(Names names, Slot slot, Units elements) {
        return PlacedTensor.vector(names.of(slot), slot.nameIn(placement.layer()), elements);
    }
}
