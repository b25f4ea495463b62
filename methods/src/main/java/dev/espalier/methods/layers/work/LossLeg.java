package dev.espalier.methods.layers.work;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.methods.layers.LossOrder;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.util.Map;

/** {@code {"gone": [3], "losses": {"4": 3.1, "5": 3.4}}}: losses without layers 3 and 4, and without 3 and 5, nats a token. */
record LossLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) {
        LossOrder order = LossOrder.read(assignment.work().order());
        int[][] rows = LayersWork.chosenOn(bench);
        int all = order.candidates().size() * Depth.chunks(rows).size();
        Map<Integer, Double> losses = new Losses(new Depth(bench.intact()))
                .of(rows, order.gone(), order.candidates(), done -> reporter.progressed(done, all, "losses measured"));
        ObjectNode found = JsonNodeFactory.instance.objectNode();
        ArrayNode gone = found.putArray("gone");
        order.gone().forEach(gone::add);
        ObjectNode byLayer = found.putObject("losses");
        losses.forEach((layer, loss) -> {
            if (Double.isFinite(loss)) {
                byLayer.put(layer.toString(), loss);
            } else {
                byLayer.putNull(layer.toString());
            }
        });
        return Results.measured(assignment.key(), found);
    }
}
