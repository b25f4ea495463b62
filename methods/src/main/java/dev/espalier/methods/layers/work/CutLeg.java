package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.methods.layers.CutOrder;
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
                HfExport.write(
                        small,
                        Variant.INTACT,
                        source,
                        target,
                        Dtype.F32,
                        layer -> reporter.progressed(layer, kept.length, "layers written"));
                LogitsCheck.compare(small, Variant.INTACT, target, true);
                Compactor.Result left = new Compactor.Result(small.config(), keptUnits(kept));
                return told(new PrunedModel(bench).result(assignment.key(), left, target), order, outcomes);
            }
        }
    }

    private MaskSet keptUnits(int[] kept) {
        PrunableShape shape = bench.shape();
        double[][] heads = new double[shape.layers()][shape.headUnits()];
        double[][] ffn = new double[shape.layers()][shape.intermediate()];
        for (int layer : kept) {
            Arrays.fill(heads[layer], 1);
            Arrays.fill(ffn[layer], 1);
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
