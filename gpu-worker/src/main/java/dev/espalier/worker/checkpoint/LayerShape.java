package dev.espalier.worker.checkpoint;

import java.util.List;

/**
 * What is left of one transformer layer.
 *
 * @param queryHeads query heads; 0 when the attention block is gone (then kvHeads is 0, too)
 * @param kvHeads key/value heads
 * @param intermediate FFN channels; 0 when the FFN is gone
 * @param kvMap the KV head that each query head reads, or null where query head q reads {@code q / (queryHeads/kvHeads)}
 */
public record LayerShape(int queryHeads, int kvHeads, int intermediate, List<Integer> kvMap) {

    /** @throws IllegalArgumentException if the numbers contradict each other; the message says how */
    public LayerShape {
        kvMap = kvMap == null ? null : List.copyOf(kvMap);
        require(queryHeads >= 0 && kvHeads >= 0 && intermediate >= 0, "a count is negative");
        require((queryHeads == 0) == (kvHeads == 0), "query heads and KV heads must vanish together");
        if (kvMap == null) {
            require(
                    kvHeads == 0 || queryHeads % kvHeads == 0,
                    queryHeads + " query heads are no multiple of " + kvHeads + " KV heads");
        } else {
            require(
                    kvMap.size() == queryHeads,
                    "the KV map has " + kvMap.size() + " entries for " + queryHeads + " query heads");
            for (int head : kvMap) {
                require(head >= 0 && head < kvHeads, "the KV map names head " + head + " of " + kvHeads);
            }
        }
    }

    public LayerShape(int queryHeads, int kvHeads, int intermediate) {
        this(queryHeads, kvHeads, intermediate, null);
    }

    /** Neither heads nor channels are left. */
    public boolean isEmpty() {
        return queryHeads == 0 && intermediate == 0;
    }

    /** The KV head that query head {@code query} reads. */
    public int kvHeadOf(int query) {
        return kvMap == null ? query / (queryHeads / kvHeads) : kvMap.get(query);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
