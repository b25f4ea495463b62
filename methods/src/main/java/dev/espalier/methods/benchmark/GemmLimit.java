package dev.espalier.methods.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.torch.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The matrix products with weights that a piece of work cannot do without, one after another and nothing else, on weights
 * packed beforehand: what the machine could do. Attention's own products and everything elementwise are not in it.
 */
final class GemmLimit implements AutoCloseable {
    /** x [tokens, in] times W^T, W [out, in] */
    private record Product(int tokens, int in, int out) {}

    private final Torch torch;
    private final NDManager owner;
    private final Map<Product, Integer> counts = new LinkedHashMap<>();
    private final Map<Product, List<NDList>> operands = new LinkedHashMap<>();

    GemmLimit(Torch torch) {
        this.torch = torch;
        this.owner = torch.scope();
    }

    private void add(int count, int tokens, int in, int out) {
        counts.merge(new Product(tokens, in, out), count, Integer::sum);
    }

    /** @param forward passes over all layers; @param inputs gradients of the inputs; @param weights of the weights */
    GemmLimit layers(PretrainConfig.Shape shape, int tokens, int forward, int inputs, int weights) {
        for (int[] projection : projections(shape)) {
            add(shape.layers() * forward, tokens, projection[0], projection[1]);
            add(shape.layers() * inputs, tokens, projection[1], projection[0]);
            add(shape.layers() * weights, projection[1], tokens, projection[0]);
        }
        return this;
    }

    /** Factors of rank {@code rank} on all projections, forward and backward. */
    GemmLimit lora(PretrainConfig.Shape shape, int tokens, int rank) {
        for (int[] projection : projections(shape)) {
            int in = projection[0];
            int out = projection[1];
            add(shape.layers(), tokens, in, rank);
            add(shape.layers(), tokens, rank, out);
            add(shape.layers(), tokens, out, rank);
            add(shape.layers(), tokens, rank, in);
            add(shape.layers(), rank, tokens, in);
            add(shape.layers(), out, tokens, rank);
        }
        return this;
    }

    /** Inputs and outputs of a layer's projections. */
    private static int[][] projections(PretrainConfig.Shape shape) {
        int d = shape.hidden();
        int queries = shape.heads() * shape.headDim();
        int keys = shape.kvHeads() * shape.headDim();
        int channels = shape.intermediate();
        return new int[][] {
            {d, queries}, {d, keys}, {d, keys}, {queries, d}, {d, channels}, {d, channels}, {channels, d}
        };
    }

    GemmLimit head(PretrainConfig.Shape shape, int vocabulary, int tokens, int forward, int inputs, int weights) {
        add(forward, tokens, shape.hidden(), vocabulary);
        add(inputs, tokens, vocabulary, shape.hidden());
        add(weights, vocabulary, tokens, shape.hidden());
        return this;
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    void run() {
        counts.forEach((product, count) -> {
            List<NDList> pairs = operands.computeIfAbsent(product, p -> operands(p, count));
            for (int i = 0; i < count; i++) {
                NDList pair = pairs.get(i % pairs.size());
                try (NDManager scope = torch.scope()) {
                    torch.call(scope, "product", pair.get(0), pair.get(1));
                }
            }
        });
    }

    /** One pair for all, but for a single token: what that takes is to read each layer's own weights from memory. */
    private List<NDList> operands(Product product, int count) {
        return IntStream.range(0, product.tokens() == 1 ? count : 1)
                .mapToObj(i -> operands(product))
                .toList();
    }

    private NDList operands(Product product) {
        NDArray x = owner.randomNormal(new Shape(product.tokens(), product.in()), DataType.FLOAT32);
        NDArray w = owner.randomNormal(new Shape(product.out(), product.in()), DataType.FLOAT32);
        return new NDList(x, torch.tensor(owner, "prepacked", w, product.tokens()));
    }

    @Override
    public void close() {
        owner.close();
    }
}
