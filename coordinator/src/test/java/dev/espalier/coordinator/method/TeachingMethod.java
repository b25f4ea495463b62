package dev.espalier.coordinator.method;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A method for tests, with all that a method may have: slices under gates, taught by the newest version that reached one per
 * cent more than those before; a cut; slices that teach the smaller model; a merge.
 */
public final class TeachingMethod implements Method {
    public static final StageKinds STAGES = StageKinds.pruningBy(config -> new TeachingMethod());

    @Override
    public String name() {
        return "teaching";
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return Set.copyOf(config.prune().initialiseFrom().stream().toList());
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        int gated = prune.gatedSteps();
        Leg gates = new Leg.Steps(
                "gates", 0, gated, Optional.empty(), prune.faithful(), new Leg.Text(0, prune.batchSize()));
        Optional<String> model = Optional.of(RunLayout.model(run.stage()));
        if (gated == prune.steps()) {
            return List.of(gates, new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), model));
        }
        Optional<String> cut = Optional.of(RunLayout.of(run.stage()) + "/cut");
        return List.of(
                gates,
                new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), cut),
                new Leg.Steps(
                        "teach",
                        gated,
                        prune.steps(),
                        cut,
                        prune.faithful(),
                        new Leg.Text((long) gated * prune.batchSize(), prune.batchSize())),
                new Leg.Once("merge", Work.Kind.BUILD, cut, model));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Work.Reads reads = Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration());
        if (!(leg instanceof Leg.Steps)) {
            return Errand.of(reads.version(run.student()));
        } else if (leg.name().equals("teach")) {
            return Errand.NONE;
        }
        RunConfig.Prune prune = run.config().prune();
        ObjectNode order = JsonNodeFactory.instance.objectNode();
        ArrayNode targets = order.putArray("targets");
        for (int step = slice.firstStep(); step < slice.firstStep() + slice.steps(); step++) {
            targets.add(prune.sparsity()
                    * Math.min(1, (double) step / prune.schedule().warmupSteps()));
        }
        order.put("teacher", percent(run.notes()));
        return new Errand(reads.blob("teacher", teacher(run.notes())), order.toString());
    }

    @Override
    public List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        int percent = (int) Math.min(
                100 * result.expectedSparsity(), 100 * before.config().prune().sparsity() - 1);
        return leg.name().equals("gates") && percent > percent(before.notes())
                ? List.of(new Note("teacher", Map.of("percent", (double) percent), List.of(version.orElseThrow())))
                : List.of();
    }

    private static int percent(List<Note> notes) {
        return notes.isEmpty()
                ? 0
                : notes.get(notes.size() - 1).numbers().get("percent").intValue();
    }

    private static Optional<BlobRef> teacher(List<Note> notes) {
        return notes.isEmpty()
                ? Optional.empty()
                : Optional.of(notes.get(notes.size() - 1).keeps().get(0));
    }
}
