package dev.espalier.methods.toy;

import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.stage.Stages;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.Legs;
import dev.espalier.worker.work.PrunedModel;
import dev.espalier.worker.work.Repertoire;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What workers do of the toys. */
final class ToyWork {
    private static final Legs METHOD = new Legs(
            ToyMethod.NAME,
            Map.of(
                    "count",
                            (bench, first) -> new CountingLeg(
                                    bench,
                                    bench.shape().filled(0).size(),
                                    bench.config().prune().batchSize()),
                    "cut", (bench, first) -> (assignment, reporter) -> cut(bench, assignment, reporter)));

    private static final Legs STAGE = new Legs(
            ToyStage.KIND,
            Map.of(
                    "teach",
                            (bench, first) -> new CountingLeg(
                                    bench, 8, bench.config().recover().batchSize()),
                    "look", (bench, first) -> (assignment, reporter) -> look(bench, assignment)));

    private ToyWork() {}

    /** The usual stages and the toy; no method but the toy. */
    static Repertoire repertoire() {
        List<Legs> stages = Stream.concat(Stages.ALL.stream(), Stream.of(STAGE)).toList();
        return new Repertoire(stages, List.of(METHOD), List.of(), List.of());
    }

    private static WorkResult cut(Bench bench, Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        PrunableShape shape = bench.shape();
        double sparsity = bench.config().prune().sparsity();
        Path target = bench.path(work.writes().orElseThrow());
        Path student = bench.files().verify(work.reads().version().orElseThrow());
        MaskSet counts = shape.filled(0).withFlat(flat(CountingLeg.counts(student)));
        MaskSet gates = new DeterministicMasks(shape).at(counts, sparsity, bench.uniform(), sparsity);
        Compactor.Result pruned = new Compactor(bench.intact(), shape)
                .write(
                        new int[0][],
                        new MaskedUnits(shape, gates),
                        new double[0],
                        new NDList(),
                        0,
                        Compactor.shapes(shape, gates),
                        bench.config().model().path(),
                        target,
                        layer -> reporter.progressed(layer, shape.layers(), "layers cut"));
        return new PrunedModel(bench).result(assignment.key(), pruned, target);
    }

    private static double[] flat(float[] counts) {
        return IntStream.range(0, counts.length).mapToDouble(i -> counts[i]).toArray();
    }

    private static WorkResult look(Bench bench, Assignment assignment) throws IOException {
        Hold.at("look");
        Work.Reads reads = assignment.work().reads();
        Path student = bench.files().verify(reads.version().orElseThrow());
        try (ModelFolder model = ModelFolder.open(bench.path(reads.model().orElseThrow()))) {
            return Results.measured(
                    assignment.key(),
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("parameters-seen", model.config().parameters())
                            .put("student-seen", Sha256.of(student)));
        }
    }
}
