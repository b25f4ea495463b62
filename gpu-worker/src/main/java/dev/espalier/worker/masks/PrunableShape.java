package dev.espalier.worker.masks;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.nio.file.Path;
import java.util.Collection;

/**
 * What of a uniform decoder can be pruned, and what it costs. Only the decoder's linear weights count; k and v are
 * prunable (a KV head goes with its last query head), where the paper's code calls them stable under GQA
 * (docs/methods/nuteprune.md, Size): {@code faithful} counts as the code does.
 */
public record PrunableShape(
        int layers,
        int hidden,
        int queryHeads,
        int kvHeads,
        int headSize,
        int intermediate,
        Collection<Granularity> granularity,
        HeadUnit headUnit,
        boolean faithful) {

    /**
     * What a run prunes of a model.
     *
     * @throws UserError if the model's layers are not alike, a layer without heads and channels would still add a bias, or
     *     what is to be pruned is not apart from the rest in this family
     */
    public static PrunableShape of(LlamaConfig model, RunConfig run) {
        if (!model.isUniform()) {
            throw new UserError(run.model().path()
                    + " has layers of different shapes: only a model whose layers are alike can be pruned");
        }
        LayerShape layer = model.layers().get(0);
        PrunableShape shape = new PrunableShape(
                model.layers().size(),
                model.hiddenSize(),
                layer.queryHeads(),
                layer.kvHeads(),
                model.headDim(),
                layer.intermediate(),
                run.prune().granularity(),
                run.prune().headUnit(),
                run.prune().faithful());
        if (model.outputBias() && shape.masksDepth()) {
            throw new UserError("prune.granularity cannot have layers or blocks for "
                    + run.model().path()
                    + ", whose attention_bias adds to the stream whatever heads are left: take them out");
        }
        shape.requireApart(model, run.model().path());
        return shape;
    }

    /** Of some families not everything can be cut out so that the rest computes what it computed with it masked. */
    private void requireApart(LlamaConfig model, Path path) {
        if (masks(Granularity.HEADS) && model.architecture().queryKeyNorm() == Architecture.QueryKeyNorm.ALL) {
            throw new UserError("prune.granularity cannot have heads for " + path + ": "
                    + model.family().modelType() + " norms the queries and keys of all heads together, so that no head"
                    + " computes without the others what it computes with them. Take heads out; ffn, hidden and layers"
                    + " can go.");
        }
        if (masks(Granularity.HIDDEN) && model.architecture().embeddingByWidth()) {
            throw new UserError("prune.granularity cannot have hidden for " + path + ": "
                    + model.family().modelType()
                    + " multiplies its embedding by the root of the hidden size, which would"
                    + " be another. Take hidden out.");
        }
    }

    public boolean masks(Granularity what) {
        return granularity.contains(what);
    }

    /** Query heads of one KV head. */
    public int groupSize() {
        return queryHeads / kvHeads;
    }

    /** Maskable head units of a layer. */
    public int headUnits() {
        return headUnit == HeadUnit.GROUP ? kvHeads : queryHeads;
    }

    /** Query heads of one head unit. */
    public int queryHeadsPerUnit() {
        return headUnit == HeadUnit.GROUP ? groupSize() : 1;
    }

    /** Parameters of q and o of one query head. */
    public long queryHeadParameters() {
        return 2L * hidden * headSize;
    }

    /** Parameters of k and v of one KV head. */
    public long kvHeadParameters() {
        return 2L * hidden * headSize;
    }

    /** Parameters that go with one head unit: k and v of a group only where no other unit reads them. */
    public long headUnitParameters() {
        boolean alone = headUnit == HeadUnit.GROUP || groupSize() == 1;
        return queryHeadsPerUnit() * queryHeadParameters() + (alone ? kvHeadParameters() : 0);
    }

    /** Parameters of gate, up and down of one FFN channel. */
    public long channelParameters() {
        return 3L * hidden;
    }

    /** All decoder linear weights: what sparsity is a share of. */
    public long total() {
        return layers
                * (queryHeads * queryHeadParameters()
                        + kvHeads * kvHeadParameters()
                        + intermediate * channelParameters());
    }

    /** That of the model. */
    ModelShape model() {
        return new ModelShape(layers, hidden, queryHeads, kvHeads, headSize, intermediate);
    }

    /** Whether whole layers or sub-blocks can go. */
    boolean masksDepth() {
        return masks(Granularity.LAYERS) || masks(Granularity.BLOCKS);
    }

    /** A mask set of this shape, every unit at {@code value}; dimensions that are not masked have length 0. */
    public MaskSet filled(double value) {
        MaskSet set = MaskSet.filled(
                masks(Granularity.HIDDEN) ? hidden : 0,
                layers,
                masks(Granularity.HEADS) ? headUnits() : 0,
                masks(Granularity.FFN) ? intermediate : 0,
                value);
        if (!masksDepth()) {
            return set;
        }
        return set.withDepth(
                        new double[masks(Granularity.LAYERS) ? layers : 0],
                        new double[layers][masks(Granularity.BLOCKS) ? 2 : 0])
                .map(x -> value);
    }
}
