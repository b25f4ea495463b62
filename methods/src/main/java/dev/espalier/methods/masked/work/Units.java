package dev.espalier.methods.masked.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.protocol.KeptShares;
import dev.espalier.worker.masks.DepthGates;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What masks are drawn of, as the units that masks have: a block is some neighbours in the order of the metric, best first.
 *
 * @param order channels of each layer in that order [L*I]
 * @param prior of each of them: what the metric says of it, comparable between parts
 */
public record Units(PrunableShape shape, int block, float[] order, float[] prior) {
    private static final String ORDER = "order";
    private static final String PRIOR = "prior";

    /** The tensors that hold it. */
    public Map<String, float[]> tensors() {
        return Map.of(ORDER, order, PRIOR, prior);
    }

    /** @param tensor of that name, of {@link #tensors} */
    public static Units read(PrunableShape shape, int block, Function<String, float[]> tensor) {
        return new Units(shape, block, tensor.apply(ORDER), tensor.apply(PRIOR));
    }

    /** What a shape lets go, in the order of its rows. */
    public static Layout layout(PrunableShape shape, int block) {
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
    public interface Spread {
        /** @param place among these, best first; @param size how many these are at most */
        double value(int unit, int place, int size);
    }

    /** A number for each of those that masks have. */
    public MaskSet spread(Layout layout, Spread values) {
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

    /** What each layer keeps of its heads and channels if so much of all units is kept. */
    public KeptShares kept(MaskSet keep) {
        MaskSet onUnits = DepthGates.onUnits(shape, keep);
        List<Float> heads = new ArrayList<>();
        List<Float> channels = new ArrayList<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            heads.add(mean(onUnits.heads(layer)));
            channels.add(mean(onUnits.ffn(layer)));
        }
        return new KeptShares(heads, channels, 1);
    }

    private static float mean(double[] row) {
        return (float) Arrays.stream(row).average().orElse(1);
    }

    /** The row of a mask set that a part is about. */
    public static Row row(Part part) {
        return switch (part.kind()) {
            case LAYERS -> Row.LAYERS;
            case BLOCKS -> Row.blocks(part.layer());
            case HEADS -> Row.heads(part.layer());
            case FFN -> Row.ffn(part.layer());
        };
    }

    /** 1 where earlier rounds left a unit, of heads and channels; layers and sub-blocks are never gone. */
    public static MaskSet live(Gone gone, PrunableShape shape) {
        MaskSet all = shape.filled(1);
        return gone == Gone.NONE ? all : gone.back(gone.live(all), 0);
    }

    /** The channels of each layer, best first; those that are gone last. */
    public static float[] ordered(PrunableShape shape, Optional<MaskSet> scores, MaskSet live) {
        int channels = live.layers() == 0 ? 0 : live.ffn(0).length;
        float[] order = new float[shape.layers() * channels];
        for (int layer = 0; layer < shape.layers() && channels > 0; layer++) {
            double[] left = live.ffn(layer);
            double[] worth = scores.isPresent() ? scores.get().ffn(layer) : left;
            int[] sorted = IntStream.range(0, channels)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(channel -> -left[channel])
                            .thenComparingDouble(channel -> -worth[channel]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int place = 0; place < channels; place++) {
                order[layer * channels + place] = sorted[place];
            }
        }
        return order;
    }

    /** Sums over those that each stands for and that are left. @param live 1 where a unit is left */
    public double[] sums(Layout layout, MaskSet of, MaskSet live) {
        double[] sums = new double[layout.units()];
        layout.forEach((part, from) -> {
            double[] values = of.row(row(part));
            double[] left = live.row(row(part));
            for (int place = 0; place < values.length; place++) {
                boolean blocks = part.kind() == Kind.FFN;
                int at = blocks ? (int) order[part.layer() * values.length + place] : place;
                sums[from + (blocks ? place / block : place)] += left[at] == 0 ? 0 : values[at];
            }
        });
        return sums;
    }

    /** Means over those that each stands for and that are left; 0 if none is. */
    public double[] means(Layout layout, MaskSet of, MaskSet live) {
        double[] sums = sums(layout, of, live);
        double[] counts = sums(layout, live, live);
        return IntStream.range(0, sums.length)
                .mapToDouble(unit -> counts[unit] == 0 ? 0 : sums[unit] / counts[unit])
                .toArray();
    }
}
