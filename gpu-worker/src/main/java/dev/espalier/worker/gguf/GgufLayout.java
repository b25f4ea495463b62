package dev.espalier.worker.gguf;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Family;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Rope;
import dev.espalier.worker.layout.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * As which of llama.cpp's architectures a model is written, and in which shapes.
 *
 * @param architecture {@code llama} or the family's own if layers are alike, else {@code deci}: LLaMA's arithmetic with
 *     shapes by layer
 * @param layers without those that have neither heads nor channels, which change nothing
 * @param interleaved whether the architecture rotates neighbouring channels, and so wants rows of q and k in that order
 */
record GgufLayout(String architecture, List<Placement> layers, boolean interleaved) {
    private static final String LLAMA = "llama";
    private static final String RAGGED = "deci";

    /** Of zeros, for an FFN that is gone: deci leaves out the attention of a layer without one. */
    private static final int LEAST_CHANNELS = 32;

    private static final Set<Family> FAMILIES = Set.of(Family.LLAMA, Family.MISTRAL, Family.QWEN2);

    /** @throws UserError if llama.cpp has nothing that computes this model, or the type cannot hold its rows */
    static GgufLayout of(LlamaConfig config, GgufType type) {
        requireKnown(config);
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
        GgufLayout layout = alike ? uniform(config, placements) : new GgufLayout(RAGGED, placements, true);
        layout.requireBlocks(config, type);
        return layout;
    }

    private static boolean isOrdinary(LayerShape shape) {
        return shape.kvMap() == null && shape.queryHeads() > 0 && shape.intermediate() > 0;
    }

    /**
     * llama.cpp's qwen2 knows neither another number of query channels than the hidden size nor llama3's scaling; its
     * llama knows both, and biases.
     */
    private static GgufLayout uniform(LlamaConfig config, List<Placement> placements) {
        boolean own = config.family() == Family.QWEN2
                && placements.get(0).queries().size() * config.headDim() == config.hiddenSize()
                && config.rope().kind() != Rope.Kind.LLAMA3;
        return own
                ? new GgufLayout(config.family().modelType(), placements, false)
                : new GgufLayout(LLAMA, placements, true);
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

    private static void requireKnown(LlamaConfig config) {
        if (!FAMILIES.contains(config.family())) {
            throw new UserError("gguf is not written for " + config.family().modelType()
                    + " models yet, only for llama, mistral and qwen2: take gguf out of the formats");
        }
        Rope.Kind kind = config.rope().kind();
        if (kind != Rope.Kind.DEFAULT && kind != Rope.Kind.LINEAR && kind != Rope.Kind.LLAMA3) {
            throw new UserError("gguf is not written with rope scaling of the kind " + kind
                    + " yet, only with none, linear and llama3: take gguf out of the formats");
        }
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

    boolean isRagged() {
        return architecture.equals(RAGGED);
    }
}
