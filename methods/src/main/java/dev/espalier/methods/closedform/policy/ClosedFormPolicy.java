package dev.espalier.methods.closedform.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.methods.closedform.ClosedForm;
import dev.espalier.methods.closedform.Curves;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The closed form on the coordinator. It knows how many units go of each layer before it knows which: as many of each, or
 * where layers may differ, as many as is cheapest by what thinning each was measured to do.
 */
public record ClosedFormPolicy(String name) implements Method {

    @Override
    public boolean readsText(RunConfig config) {
        return true;
    }

    @Override
    public List<Leg> legs(RunView run) {
        List<Leg> legs = new ArrayList<>();
        if (!run.config().export().uniform()) {
            legs.add(new Leg.Once(ClosedForm.CURVES, Work.Kind.MEASURE, Optional.empty(), Optional.empty()));
        }
        legs.add(new Leg.Once(
                ClosedForm.SHOT, Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
        return legs;
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Optional<String> order = leg.name().equals(ClosedForm.SHOT) ? order(run) : Optional.empty();
        return order.map(json -> new Errand(Work.Reads.NOTHING, json)).orElse(Errand.NONE);
    }

    /** Empty if all layers are to be alike. */
    private static Optional<String> order(RunView run) {
        RunConfig config = run.config();
        return run.record().map(StageRecord::measured).orElse(List.of()).stream()
                .filter(measured -> measured.leg().equals(ClosedForm.CURVES))
                .findFirst()
                .map(measured -> Shares.of(
                                Curves.read(measured.json()),
                                config.prune().sparsity(),
                                config.export().ffnMultiple(),
                                Rounds.of(config.stages()).count() == 1)
                        .json());
    }
}
