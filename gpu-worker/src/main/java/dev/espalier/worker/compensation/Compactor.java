package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.LayerWalk;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.export.HiddenFold;
import dev.espalier.worker.export.ModelWriter;
import dev.espalier.worker.masks.DepthGates;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Makes the physically smaller model, layer by layer: folds LoRA in, keeps the chosen heads and channels, folds soft gate
 * values in, drops hidden channels, and writes; what is left of no layer is no layer.
 */
public final class Compactor {
    private final Decoder model;
    private final Torch torch;
    private final PrunableShape shape;

    public Compactor(Decoder model, PrunableShape shape) {
        this.model = model;
        this.torch = model.torch();
        this.shape = shape;
    }

    /**
     * What is left.
     *
     * @param kept units as gates of 0 and 1
     */
    public record Result(LlamaConfig config, MaskSet kept, Refitted refitted) {}

    /**
     * Matrices that lost columns and could be re-fitted.
     *
     * @param kept whose re-fit stayed
     * @param left that stayed as they were, since it did not help on held-out text
     */
    public record Refitted(int kept, int left) {
        public static final Refitted NONE = new Refitted(0, 0);
    }

    /**
     * @param rows calibration text; empty if {@code units} re-fits nothing
     * @param units what stays
     * @param hidden gates of the hidden channels; length 0 if all stay
     * @param lora factors to fold in; an empty list for none
     * @param shapes the layers' shapes, known before the first is pruned; layers of which nothing is left are left out
     * @param target folder of the new model; {@code source} is where the tokenizer is
     */
    public Result write(
            int[][] rows,
            KeptUnits units,
            double[] hidden,
            NDList lora,
            double scale,
            List<LayerShape> shapes,
            Path source,
            Path target,
            IntConsumer done) {
        HiddenFold fold = new HiddenFold(torch, hidden);
        int[] staying = staying(shapes);
        LlamaConfig config = model.config()
                .keeping(staying)
                .withShapes(
                        fold.hidden(shape.hidden()),
                        Arrays.stream(staying).mapToObj(shapes::get).toList())
                .withNormEps(fold.epsilon(model.config().normEps()));
        int[][] text = units.damping().isPresent() ? rows : new int[0][];
        Refits refits = new Refits(torch, units.damping());
        List<int[]> heads = new ArrayList<>();
        List<int[]> channels = new ArrayList<>();
        done.accept(0);
        try (ModelWriter writer = new ModelWriter(torch, target, config, Dtype.F32);
                NDManager scope = torch.scope();
                LayerWalk walk = new LayerWalk(model, text, hiddenMask(scope, hidden), lora, scale)) {
            int written = 0;
            for (int layer = 0; layer < shape.layers(); layer++) {
                try (NDManager step = torch.scope()) {
                    NDList tensors = walk.layer(step, layer);
                    heads.add(attention(step, walk, units, refits, layer, tensors));
                    channels.add(ffn(step, walk, units, refits, layer, tensors));
                    requireShape(shapes.get(layer), heads.get(layer), channels.get(layer), layer);
                    if (written < staying.length && staying[written] == layer) {
                        writer.layer(written++, folded(step, fold, tensors));
                    }
                }
                done.accept(layer + 1);
            }
            try (NDManager step = torch.scope()) {
                boolean tied = config.tiedEmbeddings();
                writer.top(
                        fold.embedding(step, model.embedding()),
                        fold.norm(step, model.norm(), tied),
                        tied ? model.head() : fold.reader(step, model.head()));
            }
            writer.finish(source);
        }
        return new Result(config, kept(hidden, heads, channels), refits.count());
    }

    /** Layers that do something: one without heads and channels does not, unless its attention has a bias. */
    private int[] staying(List<LayerShape> shapes) {
        return IntStream.range(0, shapes.size())
                .filter(layer ->
                        model.config().outputBias() || !shapes.get(layer).isEmpty())
                .toArray();
    }

    /** A choice of other heads can have the declared sizes and yet read the wrong keys and values. */
    private void requireShape(LayerShape declared, int[] heads, int[] channels, int layer) {
        LayerShape left =
                HeadUnits.kept(shape, Arrays.stream(heads).boxed().toList()).layerShape(channels.length);
        if (!left.equals(declared)) {
            throw new IllegalStateException("layer " + layer + " was cut to " + left + ", but is to be " + declared);
        }
    }

    private NDArray hiddenMask(NDManager scope, double[] hidden) {
        float[] values = new float[hidden.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) hidden[i];
        }
        return torch.floats(scope, values, values.length);
    }

    /** Replaces the attention tensors of {@code tensors} by what stays; returns the head units kept. */
    private int[] attention(NDManager step, LayerWalk walk, KeptUnits units, Refits refits, int layer, NDList tensors) {
        NDArray bias = Slot.O_BIAS.of(tensors);
        NDArray weight = Slot.O.of(tensors);
        String name = Slot.O.nameIn(layer);
        Map<Statistic, NDArray> grams = grams(step, walk, refits, name, walk.attention(tensors), weight, bias);
        KeptUnits.Choice choice = units.heads(step, layer, weight, grams.get(InputStatistic.GRAM));
        HeadUnits left =
                HeadUnits.kept(shape, Arrays.stream(choice.units()).boxed().toList());
        if (choice.units().length < shape.headUnits() || choice.soft()) {
            NDArray columns = indices(step, left.queryRows());
            NDArray kvRows = indices(step, left.kvRows());
            int columnsPerUnit = shape.queryHeadsPerUnit() * shape.headSize();
            KeptUnits.Choice judged = refits.judged(step, name, weight, grams, choice, columns);
            Slot.O.set(tensors, smaller(step, weight, judged, columns, columnsPerUnit));
            cut(step, tensors, columns, Slot.Q, Slot.Q_BIAS);
            cut(step, tensors, kvRows, Slot.K, Slot.K_BIAS);
            if (model.config().architecture().queryKeyNorm() == Architecture.QueryKeyNorm.ALL) {
                // heads go all together or not at all
                Slot.Q_NORM.set(tensors, torch.tensor(step, "rows", Slot.Q_NORM.of(tensors), columns));
                Slot.K_NORM.set(tensors, torch.tensor(step, "rows", Slot.K_NORM.of(tensors), kvRows));
            }
            cut(step, tensors, kvRows, Slot.V, Slot.V_BIAS);
            Slot.KV_MAP.set(tensors, LayerTensors.kvMap(torch, step, left.layerShape(shape.intermediate())));
        }
        walk.past(walk.attention(tensors), Slot.O.of(tensors), bias);
        return choice.units();
    }

    /** Replaces the FFN tensors of {@code tensors} by what stays; returns the channels kept. */
    private int[] ffn(NDManager step, LayerWalk walk, KeptUnits units, Refits refits, int layer, NDList tensors) {
        NDArray none = torch.empty(step);
        NDArray weight = Slot.DOWN.of(tensors);
        String name = Slot.DOWN.nameIn(layer);
        Map<Statistic, NDArray> grams = grams(step, walk, refits, name, walk.ffn(tensors), weight, none);
        KeptUnits.Choice choice = units.channels(step, layer, weight, grams.get(InputStatistic.GRAM));
        NDArray columns = indices(step, choice.units());
        if (choice.units().length < shape.intermediate() || choice.soft()) {
            // The gate stands before the SiLU and at up: both take its value (docs/methods/nuteprune.md, Export).
            for (Slot slot : List.of(Slot.GATE, Slot.UP)) {
                NDArray rows = torch.tensor(step, "rows", slot.of(tensors), columns);
                slot.set(tensors, choice.soft() ? scaledRows(step, rows, choice.values()) : rows);
            }
            KeptUnits.Choice hard =
                    new KeptUnits.Choice(choice.units(), ones(choice.units().length), choice.refitted());
            KeptUnits.Choice judged = refits.judged(step, name, weight, grams, hard, columns);
            Slot.DOWN.set(tensors, smaller(step, weight, judged, columns, 1));
        }
        walk.past(walk.ffn(tensors), Slot.DOWN.of(tensors), none);
        return choice.units();
    }

    /** None if nothing is re-fitted. */
    private static Map<Statistic, NDArray> grams(
            NDManager step,
            LayerWalk walk,
            Refits refits,
            String name,
            LayerWalk.Inputs inputs,
            NDArray weight,
            NDArray bias) {
        return refits.statistics().isEmpty()
                ? Map.of()
                : walk.measured(step, name, inputs, weight, bias, refits.statistics());
    }

    /** The weight's kept columns: re-fitted by the choice itself, or as they were times their gates. */
    private NDArray smaller(
            NDManager step, NDArray weight, KeptUnits.Choice choice, NDArray columns, int columnsPerUnit) {
        if (choice.refitted() != null) {
            return torch.tensor(step, "columns", choice.refitted(), columns);
        }
        NDArray kept = torch.tensor(step, "columns", weight, columns);
        if (!choice.soft()) {
            return kept;
        }
        float[] values = new float[choice.values().length * columnsPerUnit];
        for (int i = 0; i < values.length; i++) {
            values[i] = choice.values()[i / columnsPerUnit];
        }
        return torch.tensor(step, "scaled_columns", kept, torch.floats(step, values, values.length));
    }

    private void cut(NDManager step, NDList tensors, NDArray rows, Slot weight, Slot bias) {
        weight.set(tensors, torch.tensor(step, "rows", weight.of(tensors), rows));
        if (bias.of(tensors).size() > 0) {
            bias.set(tensors, torch.tensor(step, "rows", bias.of(tensors), rows));
        }
    }

    private NDArray scaledRows(NDManager step, NDArray rows, float[] values) {
        return torch.tensor(step, "scaled_rows", rows, torch.floats(step, values, values.length));
    }

    private NDArray indices(NDManager step, int[] at) {
        return torch.ints(step, at, at.length);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private NDList folded(NDManager step, HiddenFold fold, NDList tensors) {
        NDList out = new NDList(tensors);
        for (Slot norm : Slot.HIDDEN_NORMS) {
            if (norm.of(tensors).size() > 0) {
                norm.set(out, fold.norm(step, norm.of(tensors), false));
            }
        }
        for (Slot reader : Slot.READERS) {
            reader.set(out, fold.reader(step, reader.of(tensors)));
        }
        if (Slot.Q_NORM.of(tensors).size() > 0) {
            for (Slot normed : List.of(Slot.Q, Slot.K, Slot.Q_BIAS, Slot.K_BIAS)) {
                normed.set(out, fold.normed(step, normed.of(out)));
            }
        }
        Slot.O_BIAS.set(out, fold.bias(step, Slot.O_BIAS.of(tensors)));
        for (Slot writer : Slot.WRITERS) {
            writer.set(out, fold.writer(step, writer.of(tensors)));
        }
        return out;
    }

    private MaskSet kept(double[] hidden, List<int[]> heads, List<int[]> channels) {
        MaskSet kept = MaskSet.of(
                Arrays.stream(hidden).map(h -> h == 0 ? 0 : 1).toArray(),
                new double[shape.layers()][shape.headUnits()],
                new double[shape.layers()][shape.intermediate()]);
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int unit : heads.get(layer)) {
                kept.heads(layer)[unit] = 1;
            }
            for (int channel : channels.get(layer)) {
                kept.ffn(layer)[channel] = 1;
            }
        }
        return kept;
    }

    /** Shapes of the layers when {@code masks} are applied. */
    public static List<LayerShape> shapes(PrunableShape shape, MaskSet masks) {
        MaskSet gates = DepthGates.onUnits(shape, masks);
        List<LayerShape> shapes = new ArrayList<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            double[] heads = gates.heads(layer);
            List<Integer> units = new ArrayList<>();
            for (int i = 0; i < shape.headUnits(); i++) {
                if (heads.length == 0 || heads[i] != 0) {
                    units.add(i);
                }
            }
            double[] ffn = gates.ffn(layer);
            int channels = ffn.length == 0
                    ? shape.intermediate()
                    : (int) Arrays.stream(ffn).filter(g -> g != 0).count();
            shapes.add(HeadUnits.kept(shape, units).layerShape(channels));
        }
        return shapes;
    }
}
