package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.methods.layers.CutOrder;
import dev.espalier.methods.layers.DepthAndWidth;
import dev.espalier.methods.layers.LayersKeys;
import dev.espalier.methods.layers.LayersSettings;
import dev.espalier.methods.layers.Repairing;
import dev.espalier.methods.layers.Selection;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.PrunedModel;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model without some layers, repaired where that helps. */
record CutLeg(Bench bench) implements LegWork {
    private static final Logger LOG = LoggerFactory.getLogger(CutLeg.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        CutOrder order = CutOrder.read(assignment.work().order());
        LayersSettings settings = LayersKeys.of(bench.config());
        if (order.alike()) {
            throw new UserError("by prune.layers.select = " + word(settings.select())
                    + " no layer is told from another: all are worth the same on this text. Look at data.train, and at"
                    + " the model with `espalier evaluate`");
        }
        if (settings.select() == Selection.PREFIX && !bench.config().stages().contains(Stage.RECOVER)) {
            LOG.warn("a model that lost its last layers predicts nothing before it is trained: add recover to stages");
        }
        Path target = bench.path(assignment.work().writes().orElseThrow());
        Path source = bench.config().model().path();
        Depth depth = new Depth(bench.intact());
        int[] kept = depth.kept(order.layers());
        try (NDManager repaired = bench.torch().scope()) {
            List<Repairs.Repaired> outcomes = settings.repair() == Repairing.NONE
                    ? List.of()
                    : new Repairs(bench.intact(), depth, order.layers(), settings.repair())
                            .done(repaired, bench.calibrationRows(), reporter);
            LOG.info(
                    "layers {} of {} go by {}{}",
                    order.layers(),
                    depth.layers(),
                    word(settings.select()),
                    told(outcomes));
            try (Decoder small = depth.decoder(kept)) {
                Compactor.Result left = written(
                        small, kept, source, target, done -> reporter.progressed(done, kept.length, "layers written"));
                return told(new PrunedModel(bench).result(assignment.key(), left, target), order, outcomes);
            }
        }
    }

    /** The model without the layers, and where width goes, too, with as many channels as shall be left. */
    private Compactor.Result written(Decoder small, int[] kept, Path source, Path target, IntConsumer done) {
        PrunableShape shape = bench.shape();
        double[] all = new double[shape.intermediate()];
        Arrays.fill(all, 1);
        if (!DepthAndWidth.isWanted(bench.config())) {
            HfExport.write(small, Variant.INTACT, source, target, Dtype.F32, done);
            LogitsCheck.compare(small, Variant.INTACT, target, true);
            return new Compactor.Result(small.config(), keptUnits(kept, layer -> all), Compactor.Refitted.NONE);
        }
        int channels = DepthAndWidth.of(bench.config(), bench.folder().config().shape())
                .channels();
        Compactor.Result narrow = new Width(bench, channels).write(small, source, target, done);
        return new Compactor.Result(
                narrow.config(), keptUnits(kept, layer -> narrow.kept().ffn(layer)), narrow.refitted());
    }

    /** @param channels gates of those of a layer that stays, by its place among these */
    private MaskSet keptUnits(int[] kept, IntFunction<double[]> channels) {
        PrunableShape shape = bench.shape();
        double[][] heads = new double[shape.layers()][shape.headUnits()];
        double[][] ffn = new double[shape.layers()][shape.intermediate()];
        for (int place = 0; place < kept.length; place++) {
            Arrays.fill(heads[kept[place]], 1);
            ffn[kept[place]] = channels.apply(place).clone();
        }
        return MaskSet.of(new double[0], heads, ffn);
    }

    /** {@code result} with what was done: {@code "layers": {"gone": [..], "repairs": [..]}}. */
    private static WorkResult told(WorkResult result, CutOrder order, List<Repairs.Repaired> outcomes)
            throws JsonProcessingException {
        ObjectNode measurements = (ObjectNode) JSON.readTree(result.measurements());
        ObjectNode layers = measurements.putObject("layers");
        ArrayNode gone = layers.putArray("gone");
        order.layers().forEach(gone::add);
        ArrayNode repairs = layers.putArray("repairs");
        for (Repairs.Repaired outcome : outcomes) {
            ObjectNode repair = repairs.addObject();
            repair.putArray("layers").add(outcome.first()).add(outcome.last());
            ObjectNode losses = repair.putObject("held-out-losses");
            outcome.losses().forEach((way, loss) -> losses.put(word(way), loss));
            repair.put("chosen", word(outcome.chosen()));
        }
        return Results.files(result.key(), result.artefacts(), measurements);
    }

    private static String told(List<Repairs.Repaired> outcomes) {
        return outcomes.stream()
                .map(outcome -> "; layers " + outcome.first() + " to " + outcome.last() + ", held-out losses "
                        + outcome.losses().entrySet().stream()
                                .map(loss ->
                                        String.format(Locale.ROOT, "%s %.4f", word(loss.getKey()), loss.getValue()))
                                .collect(Collectors.joining(", "))
                        + ": " + word(outcome.chosen()))
                .collect(Collectors.joining());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
