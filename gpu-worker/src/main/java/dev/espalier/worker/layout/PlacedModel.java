package dev.espalier.worker.layout;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Architecture.QueryKeyNorm;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightShapes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A model whose layers stand in larger ones. Those that have neither heads nor channels are left out, since they change
 * nothing.
 *
 * @param source as it was
 * @param layers in their order
 */
public record PlacedModel(LlamaConfig source, List<Placement> layers) {
    public PlacedModel {
        layers = List.copyOf(layers);
    }

    /**
     * All layers in one shape, the smallest that holds them.
     *
     * @throws UserError if there is none that computes the same
     */
    public static PlacedModel alike(LlamaConfig config) {
        List<Integer> kept = kept(config);
        List<LayerShape> shapes = kept.stream().map(config.layers()::get).toList();
        WholeHeads heads = WholeHeads.of(config, shapes, true);
        int kvHeads = heads.kvHeads().get(0);
        int channels = Math.max(
                1, shapes.stream().mapToInt(LayerShape::intermediate).max().orElse(1));
        PlacedModel placed = new PlacedModel(
                config,
                kept.stream()
                        .map(layer -> Placement.of(
                                layer, config.layers().get(layer), kvHeads, heads.queryHeads() / kvHeads, channels))
                        .toList());
        placed.requireWholeNorms();
        return placed;
    }

    /**
     * Layers with as many query heads, and with KV heads, channels and sub-blocks as each has them. The first has heads, of
     * zeros if it had none: loaders that add each sub-block's output to the stream together with the next norm have no
     * stream before the first attention.
     *
     * @param multiple channels are a multiple of this
     * @throws UserError if there is no such number of heads
     */
    public static PlacedModel byLayer(LlamaConfig config, int multiple) {
        List<Integer> kept = kept(config);
        List<Integer> attentive =
                kept.stream().filter(layer -> hasHeads(config, kept, layer)).toList();
        WholeHeads heads = WholeHeads.of(
                config, attentive.stream().map(config.layers()::get).toList(), false);
        List<Placement> placements = new ArrayList<>();
        for (int i : kept) {
            LayerShape layer = config.layers().get(i);
            int channels = (layer.intermediate() + multiple - 1) / multiple * multiple;
            int at = attentive.indexOf(i);
            int kv = at < 0 ? 0 : heads.kvHeads().get(at);
            placements.add(Placement.of(i, layer, kv, kv == 0 ? 0 : heads.queryHeads() / kv, channels));
        }
        return new PlacedModel(config, placements);
    }

    private static boolean hasHeads(LlamaConfig config, List<Integer> kept, int layer) {
        return config.layers().get(layer).queryHeads() > 0 || config.outputBias() || kept.get(0) == layer;
    }

    /** A bias on o is added all the same where a layer's heads are gone. */
    private static List<Integer> kept(LlamaConfig config) {
        List<Integer> full = IntStream.range(0, config.layers().size())
                .filter(layer -> !config.layers().get(layer).isEmpty() || config.outputBias())
                .boxed()
                .toList();
        return full.isEmpty() ? List.of(0) : full;
    }

    private void requireWholeNorms() {
        if (source.architecture().queryKeyNorm() == QueryKeyNorm.ALL) {
            for (Placement layer : layers) {
                LayerShape shape = source.layers().get(layer.layer());
                if (shape.queryHeads() > 0
                        && (layer.queries().contains(Placement.ZEROS)
                                || layer.kvs().contains(Placement.ZEROS))) {
                    throw new UserError(
                            source.family().modelType() + " norms all heads of a layer together, so heads of"
                                    + " zeros beside the " + shape.queryHeads() + " of layer " + layer.layer()
                                    + " would change them: take hf-padded out of the formats");
                }
            }
        }
    }

    /** As written. */
    public LlamaConfig config() {
        int[] kept = layers.stream().mapToInt(Placement::layer).toArray();
        return source.keeping(kept)
                .withShapes(
                        source.hiddenSize(),
                        layers.stream().map(Placement::shape).toList());
    }

    /**
     * In the order of the forward pass; those that are stored as one follow each other.
     *
     * @param stored what a tensor's file calls it, by LLaMA's name
     */
    public List<PlacedTensor> tensors(UnaryOperator<String> stored) {
        List<PlacedTensor> tensors = new ArrayList<>();
        int rows = source.vocabularySize();
        int hidden = source.hiddenSize();
        tensors.add(PlacedTensor.matrix(stored.apply(WeightShapes.EMBEDDING), WeightShapes.EMBEDDING, rows, hidden));
        for (int i = 0; i < layers.size(); i++) {
            int place = i;
            tensors.addAll(
                    new PlacedLayer(source, layers.get(i), false).tensors(slot -> stored.apply(slot.nameIn(place))));
        }
        tensors.add(PlacedTensor.vector(stored.apply(WeightShapes.FINAL_NORM), WeightShapes.FINAL_NORM, hidden));
        if (!source.tiedEmbeddings()) {
            tensors.add(PlacedTensor.matrix(stored.apply(WeightShapes.HEAD), WeightShapes.HEAD, rows, hidden));
        }
        return tensors;
    }
}
