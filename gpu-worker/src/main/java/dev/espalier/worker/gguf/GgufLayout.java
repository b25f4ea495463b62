package dev.espalier.worker.gguf;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.layout.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * As which of llama.cpp's architectures a model is written, and in which shapes.
 *
 * @param architecture one that has layers alike, if they are
 * @param layers without those that have neither heads nor channels, which change nothing
 */
record GgufLayout(GgufArchitecture architecture, List<Placement> layers) {
    /** Of zeros, for an FFN that is gone: deci leaves out the attention of a layer without one. */
    private static final int LEAST_CHANNELS = 32;

    /** @throws UserError if llama.cpp has nothing that computes this model, or the type cannot hold its rows */
    static GgufLayout of(LlamaConfig config, GgufType type) {
        List<Integer> full = IntStream.range(0, config.layers().size())
                .filter(layer -> !config.layers().get(layer).isEmpty() || config.outputBias())
                .boxed()
                .toList();
        List<Integer> kept = full.isEmpty() ? List.of(0) : full;
        boolean alike = kept.stream().map(config.layers()::get).distinct().count() == 1
                && isOrdinary(config.layers().get(kept.get(0)));
        List<Placement> placements = new ArrayList<>();
        for (int layer : kept) {
            boolean needed = placements.isEmpty() || config.outputBias();
            placements.add(place(config, layer, needed, type));
        }
        GgufLayout layout = new GgufLayout(GgufFit.of(config, placements, !alike), placements);
        layout.requireBlocks(config, type);
        return layout;
    }

    private static boolean isOrdinary(LayerShape shape) {
        return shape.kvMap() == null && shape.queryHeads() > 0 && shape.intermediate() > 0;
    }

    /**
     * @param needed whether the layer must have a head, of zeros if it has none: llama.cpp takes the size of heads from the
     *     first, and the bias of o is added all the same
     */
    private static Placement place(LlamaConfig config, int layer, boolean needed, GgufType type) {
        LayerShape shape = config.layers().get(layer);
        int channels = shape.intermediate() == 0 ? LEAST_CHANNELS : shape.intermediate();
        int rounded = (channels + type.block() - 1) / type.block() * type.block();
        boolean stand = shape.queryHeads() == 0 && needed;
        int kvHeads = stand ? 1 : shape.kvHeads();
        int group = stand ? 1 : Placement.widestGroup(shape);
        if (!config.qkvBias() || kvHeads == 0) {
            return Placement.of(layer, shape, kvHeads, group, rounded);
        }
        int all = config.hiddenSize() / config.headDim();
        int wider = IntStream.rangeClosed(kvHeads, Math.max(kvHeads, all))
                .filter(kv -> all * config.headDim() == config.hiddenSize() && all % kv == 0 && all / kv >= group)
                .findFirst()
                .orElseThrow(() -> new UserError("llama.cpp wants as many biases of q as the hidden size "
                        + config.hiddenSize() + ", and the heads of layer " + layer
                        + " cannot be filled up to so many: take"
                        + " gguf out of the formats"));
        return Placement.of(layer, shape, wider, all / wider, rounded);
    }

    private void requireBlocks(LlamaConfig config, GgufType type) {
        int block = type.block();
        if (config.hiddenSize() % block != 0) {
            throw new UserError(
                    type.word() + " holds rows of a multiple of " + block + " numbers, and the hidden size is "
                            + config.hiddenSize() + ": write f16 or bf16, or leave hidden out of prune.granularity");
        }
        for (Placement layer : layers) {
            int columns = layer.queries().size() * config.headDim();
            if (columns % block != 0) {
                throw new UserError(type.word() + " holds rows of a multiple of " + block + " numbers, and layer "
                        + layer.layer() + " has " + layer.queries().size() + " query heads of " + config.headDim()
                        + ": write f16 or bf16");
            }
        }
    }
}
