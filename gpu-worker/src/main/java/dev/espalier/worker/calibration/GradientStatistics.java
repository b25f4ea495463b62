package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was found of some text's gradients, by the row of the units that it is about. */
record GradientStatistics(Map<Row, Map<GradientStatistic, NDArray>> byRow) {

    /**
     * @param scope owns what is found
     * @param rows sequences of one length
     * @param moved called now and then
     * @throws dev.espalier.protocol.UserError if a loss, or what is found, is not finite
     */
    static GradientStatistics of(
            Decoder model,
            PrunableShape shape,
            NDManager scope,
            int[][] rows,
            Collection<GradientStatistic> wanted,
            Runnable moved) {
        Map<Row, Map<GradientStatistic, NDArray>> found = new HashMap<>();
        if (!wanted.isEmpty()) {
            boolean squares = wanted.stream().anyMatch(GradientStatistic::needsSquares);
            GradientPass.Visitor visitor = (step, layer, gradients) -> {
                for (Row row : rows(shape, layer)) {
                    found.put(row, found(model.torch(), scope, step, row, gradients, wanted));
                }
            };
            new GradientPass(model).run(rows, squares, visitor, moved);
        }
        return new GradientStatistics(found);
    }

    private static List<Row> rows(PrunableShape shape, int layer) {
        List<Row> rows = new ArrayList<>();
        if (shape.masks(Granularity.HEADS)) {
            rows.add(Row.heads(layer));
        }
        if (shape.masks(Granularity.FFN)) {
            rows.add(Row.ffn(layer));
        }
        return rows;
    }

    private static Map<GradientStatistic, NDArray> found(
            Torch torch,
            NDManager scope,
            NDManager step,
            Row row,
            LayerGradients gradients,
            Collection<GradientStatistic> wanted) {
        Map<GradientStatistic, NDArray> found = new LinkedHashMap<>();
        for (GradientStatistic statistic : wanted) {
            NDArray value = statistic.of(torch, step, row.structure(), gradients);
            GradientPass.require(torch.isFinite(value));
            value.attach(scope);
            found.put(statistic, value);
        }
        return found;
    }

    Map<GradientStatistic, NDArray> of(Row row) {
        return byRow.getOrDefault(row, Map.of());
    }
}
