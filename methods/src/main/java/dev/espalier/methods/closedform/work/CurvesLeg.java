package dev.espalier.methods.closedform.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.methods.closedform.Curves;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.LayerWalk;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * {@link Curves}: each sub-block of the intact model is thinned by itself, by the surgeon, to several shares, and what the
 * model then says is held beside what it said, on text that the surgeon did not see.
 */
record CurvesLeg(Bench bench, boolean curved) implements LegWork {
    /** Shares of a sub-block's channels that are tried: dense where most layers end. */
    private static final double[] SHARES = {0.125, 0.25, 0.375, 0.5, 0.75, 1};

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        int[][] rows = bench.calibrationRows();
        int[][] seen = HeldOut.others(rows);
        PrunableShape shape = bench.shape();
        new DeterministicMasks(shape)
                .requireReachableByAll(bench.config().prune().sparsity());
        Curves curves = new Curves(
                shape.queryHeadsPerUnit() * shape.queryHeadParameters() + shape.kvHeadParameters(),
                shape.channelParameters(),
                shape.total(),
                new ArrayList<>(),
                new ArrayList<>());
        try (Errors errors = Errors.of(bench, curved, seen, reporter);
                NDManager none = bench.torch().scope();
                LayerWalk walk =
                        new LayerWalk(bench.intact(), seen, bench.torch().empty(none), new NDList(), 0);
                Beside beside = Beside.intact(bench.intact(), HeldOut.rows(rows))) {
            Surgeon surgeon = errors.surgeon(shape.filled(1));
            for (int layer = 0; layer < shape.layers(); layer++) {
                try (NDManager step = bench.torch().scope()) {
                    NDList tensors = walk.layer(step, layer);
                    if (shape.masks(Granularity.HEADS)) {
                        NDArray gram = gram(step, walk, layer, Slot.O, walk.attention(tensors), tensors);
                        UnitColumns units = UnitColumns.heads(shape);
                        int[] counts = IntStream.rangeClosed(1, units.units()).toArray();
                        curves.heads().add(curve(step, surgeon, beside, Row.heads(layer), units, gram, counts));
                    }
                    walk.past(walk.attention(tensors), Slot.O.of(tensors), Slot.O_BIAS.of(tensors));
                }
                try (NDManager step = bench.torch().scope()) {
                    NDList tensors = walk.layer(step, layer);
                    if (shape.masks(Granularity.FFN)) {
                        NDArray gram = gram(step, walk, layer, Slot.DOWN, walk.ffn(tensors), tensors);
                        UnitColumns units = UnitColumns.ffn(shape);
                        int[] counts = Arrays.stream(SHARES)
                                .mapToInt(share -> (int) Math.ceil(share * units.units()))
                                .distinct()
                                .toArray();
                        curves.channels().add(curve(step, surgeon, beside, Row.ffn(layer), units, gram, counts));
                    }
                    walk.past(
                            walk.ffn(tensors),
                            Slot.DOWN.of(tensors),
                            bench.torch().empty(step));
                }
                beside.goOn();
                reporter.progressed(layer + 1, shape.layers(), "layers measured");
            }
        }
        return Results.measured(assignment.key(), (ObjectNode) JSON.readTree(curves.json()));
    }

    private NDArray gram(
            NDManager step, LayerWalk walk, int layer, Slot slot, LayerWalk.Inputs inputs, NDList tensors) {
        NDArray bias = slot == Slot.O ? Slot.O_BIAS.of(tensors) : bench.torch().empty(step);
        return walk.measured(step, slot.nameIn(layer), inputs, slot.of(tensors), bias, Set.of(InputStatistic.GRAM))
                .get(InputStatistic.GRAM);
    }

    private Curves.Curve curve(
            NDManager step, Surgeon surgeon, Beside beside, Row row, UnitColumns units, NDArray gram, int[] counts)
            throws IOException {
        Slot slot = row.structure() == Structure.HEADS ? Slot.O : Slot.DOWN;
        NDArray weight = bench.intact().weights().get(slot.at(row.layer()));
        int already =
                (int) Arrays.stream(Units.live(bench.gone(), bench.shape()).row(row))
                        .filter(there -> there == 0)
                        .count();
        List<Integer> gone = new ArrayList<>(List.of(0));
        List<Double> divergence = new ArrayList<>(List.of(0.0));
        if (already > 0) {
            gone.add(already);
            divergence.add(0.0);
        }
        int[] order = surgeon.order(step, row, weight, gram, units.units() - 1);
        for (int count : counts) {
            if (count <= already) {
                continue;
            }
            try (NDManager candidate = bench.torch().scope()) {
                NDArray thinned = count == units.units()
                        ? candidate.zeros(weight.getShape())
                        : surgeon.without(candidate, units, Arrays.copyOf(order, count), weight, gram);
                gone.add(count);
                divergence.add(beside.divergence(slot, thinned));
            }
        }
        return new Curves.Curve(gone, divergence, already);
    }
}
