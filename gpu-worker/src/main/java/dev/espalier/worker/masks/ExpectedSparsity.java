package dev.espalier.worker.masks;

import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Arrays;

/**
 * Expected sparsity in closed form from each unit's probability of being active, and its gradient. The expected size
 * factorises into (sum of hidden probabilities) x (cost of the active heads and channels per hidden channel), where a
 * layer's and a sub-block's probability multiplies what is in it (docs/methods/nuteprune.md, Size), so it takes as many
 * operations as there are units.
 */
public final class ExpectedSparsity {
    private final PrunableShape shape;

    public ExpectedSparsity(PrunableShape shape) {
        this.shape = shape;
    }

    /** 1 - expected size / total, in [0, 1], for the probabilities {@code p} of being active. */
    public double of(MaskSet p) {
        double stable = stable();
        double perChannel = perHiddenChannel(p);
        return 1 - (hiddenSum(p) * perChannel + stable) / shape.total();
    }

    /** d sparsity / d p for each unit. */
    public MaskSet gradient(MaskSet p) {
        double total = shape.total();
        double hiddenSum = hiddenSum(p);
        double perChannel = perHiddenChannel(p);
        MaskSet gradient = MaskSet.zeros(p);
        Arrays.fill(gradient.hidden(), -perChannel / total);
        double query = (double) shape.queryHeadParameters() / shape.hidden();
        double kv = (double) shape.kvHeadParameters() / shape.hidden();
        double channel = (double) shape.channelParameters() / shape.hidden();
        for (int layer = 0; layer < p.layers(); layer++) {
            double[] heads = p.heads(layer);
            double attention = DepthGates.around(p, Row.heads(layer));
            for (int i = 0; i < heads.length; i++) {
                double cost = shape.queryHeadsPerUnit() * query + kvSlope(heads, i) * kv;
                gradient.heads(layer)[i] = -hiddenSum * cost / total * attention;
            }
            Arrays.fill(gradient.ffn(layer), -hiddenSum * channel / total * DepthGates.around(p, Row.ffn(layer)));
        }
        if (p.hasDepth()) {
            depthGradient(p, hiddenSum / total, gradient);
        }
        return gradient;
    }

    /** Of the gates of layers and sub-blocks: what is in them, times the other gate around that. */
    private void depthGradient(MaskSet p, double share, MaskSet gradient) {
        double[] layers = p.row(Row.LAYERS);
        for (int layer = 0; layer < p.layers(); layer++) {
            double[] blocks = p.row(Row.blocks(layer));
            double[] inside = {attention(p.heads(layer)), ffn(p.ffn(layer))};
            for (int block = 0; block < inside.length; block++) {
                double size = share * inside[block] / shape.hidden();
                if (layers.length > 0) {
                    gradient.row(Row.LAYERS)[layer] -= size * (blocks.length == 0 ? 1 : blocks[block]);
                }
                if (blocks.length > 0) {
                    gradient.row(Row.blocks(layer))[block] -= size * (layers.length == 0 ? 1 : layers[layer]);
                }
            }
        }
    }

    /** Expected parameters of an attention that all hidden channels carry, k and v without those that never go. */
    private double attention(double[] heads) {
        return queryHeads(heads) * shape.queryHeadParameters() + kvHeads(heads) * shape.kvHeadParameters();
    }

    private double ffn(double[] channels) {
        return channels(channels) * shape.channelParameters();
    }

    private double hiddenSum(MaskSet p) {
        return p.hidden().length == 0
                ? shape.hidden()
                : Arrays.stream(p.hidden()).sum();
    }

    /** Expected parameters of all layers that one active hidden channel carries. */
    private double perHiddenChannel(MaskSet p) {
        double queryHeads = 0;
        double kvHeads = 0;
        double channels = 0;
        for (int layer = 0; layer < shape.layers(); layer++) {
            double[] heads = p.heads(layer);
            double attention = DepthGates.around(p, Row.heads(layer));
            queryHeads += queryHeads(heads) * attention;
            kvHeads += kvHeads(heads) * attention;
            channels += channels(p.ffn(layer)) * DepthGates.around(p, Row.ffn(layer));
        }
        return (queryHeads * shape.queryHeadParameters()
                        + kvHeads * shape.kvHeadParameters()
                        + channels * shape.channelParameters())
                / shape.hidden();
    }

    private double queryHeads(double[] heads) {
        return heads.length == 0 ? shape.queryHeads() : Arrays.stream(heads).sum() * shape.queryHeadsPerUnit();
    }

    private double channels(double[] ffn) {
        return ffn.length == 0 ? shape.intermediate() : Arrays.stream(ffn).sum();
    }

    /** Under GQA the paper's code never prunes k and v, and does not scale them with the hidden channels either. */
    private double stable() {
        return stableKv() ? (double) shape.layers() * shape.kvHeads() * shape.kvHeadParameters() : 0;
    }

    private boolean stableKv() {
        return shape.faithful() && shape.kvHeads() != shape.queryHeads();
    }

    /** Expected number of KV heads with at least one active query head. */
    private double kvHeads(double[] heads) {
        if (stableKv()) {
            return 0;
        }
        if (heads.length == 0) {
            return shape.kvHeads();
        }
        if (shape.headUnit() == HeadUnit.GROUP) {
            return Arrays.stream(heads).sum();
        }
        double sum = 0;
        for (int group = 0; group < shape.kvHeads(); group++) {
            sum += 1 - noneActive(heads, group, -1);
        }
        return sum;
    }

    private double kvSlope(double[] heads, int unit) {
        if (stableKv()) {
            return 0;
        }
        return shape.headUnit() == HeadUnit.GROUP ? 1 : noneActive(heads, unit / shape.groupSize(), unit);
    }

    private double noneActive(double[] heads, int group, int except) {
        double product = 1;
        for (int i = group * shape.groupSize(); i < (group + 1) * shape.groupSize(); i++) {
            product *= i == except ? 1 : 1 - heads[i];
        }
        return product;
    }
}
