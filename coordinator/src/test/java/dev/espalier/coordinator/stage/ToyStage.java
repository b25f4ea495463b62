package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A kind of stage that the engine does not know: a few steps on the smaller model, then a look at it. */
public record ToyStage() implements StageKind {
    public static final StageKinds STAGES = TeachingMethod.STAGES.with(new ToyStage());
    public static final int STEPS = 8;

    public static Stage round(int round) {
        return new Stage("toy", round);
    }

    @Override
    public String word() {
        return "toy";
    }

    @Override
    public List<Leg> legs(RunView run) {
        Optional<String> model = Optional.of(RunLayout.model(Stage.PRUNE));
        return List.of(
                new Leg.Steps("count", 0, STEPS, model, false, Leg.Text.NONE),
                new Leg.Once("look", Work.Kind.MEASURE, model, Optional.empty()));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return new Errand(
                Work.Reads.NOTHING,
                "{\"counted\":" + run.notes().size() + ",\"round\":"
                        + run.stage().round() + "}");
    }

    @Override
    public List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        return List.of(new Note("counted", Map.of("steps", (double) slice.steps()), List.of()));
    }
}
