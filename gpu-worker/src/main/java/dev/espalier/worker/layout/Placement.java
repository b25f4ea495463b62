package dev.espalier.worker.layout;

import dev.espalier.worker.checkpoint.LayerShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A layer in a shape that holds more than it has: each of its heads and channels in a place, zeros in the others. Exactly
 * the same is computed: a head of zeros adds nothing to the output since its columns of o are zero, a channel of zeros is
 * silu(0)*0, and a KV head of zeros is read by such heads only.
 *
 * @param layer of the source
 * @param queries the source's query head in each place; -1: zeros
 * @param kvs the source's KV head in each place; -1: zeros
 * @param kept channels of the source, which come first
 * @param channels of the written layer
 */
public record Placement(int layer, List<Integer> queries, List<Integer> kvs, int kept, int channels) {
    /** In place of a source's head. */
    static final int ZEROS = -1;

    public Placement {
        queries = List.copyOf(queries);
        kvs = List.copyOf(kvs);
    }

    /** How many query heads read the KV head that most read. */
    public static int widestGroup(LayerShape shape) {
        return members(shape).stream().mapToInt(List::size).max().orElse(0);
    }

    /**
     * Its KV heads first, each with {@code group} query heads in a row, as all stock loaders read them.
     *
     * @param kvHeads at least the source's
     * @param group at least its {@link #widestGroup}
     * @param channels at least its channels
     */
    public static Placement of(int layer, LayerShape source, int kvHeads, int group, int channels) {
        if (kvHeads < source.kvHeads() || group < widestGroup(source) || channels < source.intermediate()) {
            throw new IllegalArgumentException(
                    source + " does not fit " + kvHeads + " groups of " + group + ", " + channels + " channels");
        }
        List<Integer> queries = new ArrayList<>(Collections.nCopies(kvHeads * group, ZEROS));
        List<List<Integer>> members = members(source);
        for (int kv = 0; kv < members.size(); kv++) {
            for (int i = 0; i < members.get(kv).size(); i++) {
                queries.set(kv * group + i, members.get(kv).get(i));
            }
        }
        List<Integer> kvs = IntStream.range(0, kvHeads)
                .mapToObj(kv -> kv < source.kvHeads() ? kv : ZEROS)
                .toList();
        return new Placement(layer, queries, kvs, source.intermediate(), channels);
    }

    /** The query heads that read each KV head. */
    private static List<List<Integer>> members(LayerShape shape) {
        List<List<Integer>> members = new ArrayList<>();
        for (int kv = 0; kv < shape.kvHeads(); kv++) {
            members.add(new ArrayList<>());
        }
        for (int query = 0; query < shape.queryHeads(); query++) {
            members.get(shape.kvHeadOf(query)).add(query);
        }
        return members;
    }

    /** Of the written layer. */
    public LayerShape shape() {
        return new LayerShape(queries.size(), kvs.size(), channels);
    }
}
