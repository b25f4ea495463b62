package dev.espalier.worker.work;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.masks.PrunableShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** What the prune stage leaves beside the smaller model: the kept units, and the parameters counted before and after. */
public record PrunedModel(Bench bench) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public WorkResult result(AssignmentKey key, Compactor.Result pruned, Path folder) throws IOException {
        Path kept = bench.directory().resolve(RunLayout.kept(key.stage()));
        bench.gone().requireOut(pruned.kept());
        KeptFile.write(kept, bench.shape(), pruned.kept());
        List<Artefact> artefacts = new ArrayList<>(Results.artefacts(bench.directory(), folder));
        artefacts.add(Results.artefact(bench.directory(), kept));
        ObjectNode measurements = JSON.createObjectNode();
        measurements.set("parameters", parameters(pruned.config()));
        if (pruned.refitted().left() > 0) {
            tell(pruned.refitted(), measurements);
        }
        return Results.files(key, artefacts, measurements);
    }

    private static void tell(Compactor.Refitted refitted, ObjectNode measurements) {
        ResultTable.in(
                        measurements,
                        "Re-fitted matrices",
                        "Of those that lost columns. One is left as it was where a re-fit does not help on a tenth of the"
                                + " calibration text that it is not fitted to: with a larger calibrate.tokens more of them stay.",
                        "re-fitted",
                        "left as they were")
                .counts(refitted.kept(), refitted.left());
    }

    private ObjectNode parameters(LlamaConfig after) {
        PrunableShape shape = bench.shape();
        LlamaConfig before = bench.folder().config();
        long prunableAfter = prunable(after);
        ObjectNode node = JSON.createObjectNode();
        node.put("before", before.parameters());
        node.put("after", after.parameters());
        node.put("prunable-before", shape.total());
        node.put("prunable-after", prunableAfter);
        node.put("sparsity", 1 - (double) prunableAfter / shape.total());
        node.set("kept", shares(before, after));
        return node;
    }

    /** What is left of each structure, 0..1. */
    private static ObjectNode shares(LlamaConfig before, LlamaConfig after) {
        ObjectNode node = JSON.createObjectNode();
        node.put("heads", ratio(before, after, LayerShape::queryHeads));
        node.put("ffn", ratio(before, after, LayerShape::intermediate));
        node.put("hidden", (double) after.hiddenSize() / before.hiddenSize());
        node.put("layers", (double) after.layers().size() / before.layers().size());
        return node;
    }

    private static double ratio(LlamaConfig before, LlamaConfig after, ToIntFunction<LayerShape> units) {
        return (double) after.layers().stream().mapToInt(units).sum()
                / before.layers().stream().mapToInt(units).sum();
    }

    private static long prunable(LlamaConfig config) {
        long sum = 0;
        for (LayerShape layer : config.layers()) {
            long heads = 2L * config.headDim() * (layer.queryHeads() + layer.kvHeads());
            sum += config.hiddenSize() * (heads + 3L * layer.intermediate());
        }
        return sum;
    }
}
