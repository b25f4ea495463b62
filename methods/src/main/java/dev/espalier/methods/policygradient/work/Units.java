package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.methods.policygradient.distribution.Layout;
import dev.espalier.methods.policygradient.distribution.Layout.Kind;
import dev.espalier.methods.policygradient.distribution.Layout.Part;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The units of a distribution as those that masks have: a block is some neighbours in the order of the metric, best first.
 *
 * @param order channels of each layer in that order [L*I]
 * @param prior of each unit of the distribution: what the metric says of it, comparable between parts
 */
record Units(PrunableShape shape, int block, float[] order, float[] prior) {
    private static final String ORDER = "order";
    private static final String PRIOR = "prior";

    /** The tensors that hold it. */
    Map<String, float[]> tensors() {
        return Map.of(ORDER, order, PRIOR, prior);
    }

    /** @param start that the first leg left */
    static Units read(PrunableShape shape, int block, Path start) {
        return new Units(shape, block, DistributionFile.more(start, ORDER), DistributionFile.more(start, PRIOR));
    }

    /** What a shape lets go, in the order of its rows. */
    static Layout layout(PrunableShape shape, int block) {
        List<Part> parts = new ArrayList<>();
        MaskSet all = shape.filled(0);
        for (Row row : all.rows()) {
            int units = all.row(row).length;
            if (units > 0) {
                Kind kind = Kind.valueOf(row.structure().name());
                parts.add(new Part(kind, row.layer(), kind == Kind.FFN ? (units + block - 1) / block : units));
            }
        }
        return new Layout(parts);
    }

    /** What becomes of the value of a unit for each of those that it stands for. */
    interface Spread {
        /** @param place among these, best first; @param size how many these are at most */
        double value(int unit, int place, int size);
    }

    /** @param layout of the distribution */
    MaskSet spread(Layout layout, Spread values) {
        MaskSet set = shape.filled(0);
        layout.forEach((part, from) -> {
            double[] row = set.row(row(part));
            for (int place = 0; place < row.length; place++) {
                if (part.kind() == Kind.FFN) {
                    int channel = (int) order[part.layer() * row.length + place];
                    row[channel] = values.value(from + place / block, place % block, block);
                } else {
                    row[place] = values.value(from + place, 0, 1);
                }
            }
        });
        return set;
    }

    /** The row of a mask set that a part is about. */
    static Row row(Part part) {
        return switch (part.kind()) {
            case LAYERS -> Row.LAYERS;
            case BLOCKS -> Row.blocks(part.layer());
            case HEADS -> Row.heads(part.layer());
            case FFN -> Row.ffn(part.layer());
        };
    }
}
