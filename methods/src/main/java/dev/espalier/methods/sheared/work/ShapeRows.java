package dev.espalier.methods.sheared.work;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rows of gates that a shape says something of: how many of each stay. Where single query heads go, the heads of each KV
 * group are a row of their own, since as many of each must stay.
 */
final class ShapeRows {
    private final PrunableShape shape;
    private final ModelShape end;

    /** @param shape what can go; @param end what is left */
    ShapeRows(PrunableShape shape, ModelShape end) {
        this.shape = shape;
        this.end = end;
    }

    /**
     * Units of which the shape says how many stay: {@code from .. to - 1} of a row.
     *
     * @param kept how many
     */
    record Part(Row row, int from, int to, int kept) {
        int size() {
            return to - from;
        }
    }

    /** Of a structure; none if it has no gates. */
    List<Part> of(Structure structure, MaskSet gates) {
        List<Part> parts = new ArrayList<>();
        for (Row row : gates.rows()) {
            int length = gates.row(row).length;
            if (row.structure() == structure && length > 0) {
                int size = structure == Structure.HEADS && byQuery() ? shape.groupSize() : length;
                for (int from = 0; from < length; from += size) {
                    parts.add(new Part(row, from, from + size, kept(structure)));
                }
            }
        }
        return parts;
    }

    private boolean byQuery() {
        return shape.headUnit() == HeadUnit.QUERY;
    }

    private int kept(Structure structure) {
        return switch (structure) {
            case HIDDEN -> end.hidden();
            case LAYERS -> end.layers();
            case HEADS -> byQuery() ? end.heads() / end.kvHeads() : end.kvHeads();
            case FFN -> end.intermediate();
            case BLOCKS -> 2;
        };
    }

    /**
     * The gates at the end, those of each part with the largest logits at their value without chance and the others at 0.
     *
     * @param logits of all gates
     */
    MaskSet masks(MaskSet logits) {
        MaskSet gates = MaskSet.zeros(logits);
        for (Structure structure : Structure.values()) {
            for (Part part : of(structure, logits)) {
                double[] row = logits.row(part.row());
                IntStream.range(part.from(), part.to())
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer unit) -> -row[unit]))
                        .limit(part.kept())
                        .forEach(unit -> gates.row(part.row())[unit] = HardConcrete.soft(row[unit]));
            }
        }
        return gates;
    }
}
