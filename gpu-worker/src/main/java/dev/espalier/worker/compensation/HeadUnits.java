package dev.espalier.worker.compensation;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.masks.PrunableShape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What is left of a layer's attention when some head units are kept: heads, rows of q, k, v and columns of o. */
record HeadUnits(int headSize, List<Integer> queryHeads, List<Integer> kvHeads, List<Integer> kvMap) {

    /** @param units the units that stay, ascending; a KV head stays as long as one of its query heads does */
    static HeadUnits kept(PrunableShape shape, List<Integer> units) {
        List<Integer> queryHeads = new ArrayList<>();
        for (int unit : units) {
            for (int i = 0; i < shape.queryHeadsPerUnit(); i++) {
                queryHeads.add(unit * shape.queryHeadsPerUnit() + i);
            }
        }
        List<Integer> kvHeads =
                queryHeads.stream().map(q -> q / shape.groupSize()).distinct().toList();
        List<Integer> kvMap = queryHeads.stream()
                .map(q -> kvHeads.indexOf(q / shape.groupSize()))
                .toList();
        return new HeadUnits(shape.headSize(), queryHeads, kvHeads, kvMap);
    }

    /** Rows of q_proj, which are the columns of o_proj. */
    int[] queryRows() {
        return rows(queryHeads);
    }

    int[] kvRows() {
        return rows(kvHeads);
    }

    private int[] rows(List<Integer> heads) {
        return heads.stream()
                .flatMapToInt(head -> IntStream.range(head * headSize, (head + 1) * headSize))
                .toArray();
    }

    LayerShape layerShape(int intermediate) {
        int queries = queryHeads.size();
        int kvs = kvHeads.size();
        boolean even = kvs == 0
                || (queries % kvs == 0
                        && IntStream.range(0, queries).allMatch(q -> kvMap.get(q) == q / (queries / kvs)));
        return new LayerShape(queries, kvs, intermediate, even ? null : kvMap);
    }
}
