package dev.espalier.coordinator.stage;

import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is before the legs of a round that is not the first: the model that the round before left becomes one in the intact
 * model's places, zeros where units are gone, and stands for the intact one in all that the round does. So methods know
 * nothing of rounds, units keep their numbers, and sparsity is always a share of the intact model's parameters.
 *
 * @param folder of that model
 * @param left folder of the smaller one that the round before left
 */
record LaterRound(String folder, String left) {
    private static final String LEG = "base";

    /** Empty in the first round. */
    static Optional<LaterRound> of(RunView run) {
        Optional<Stage> pruning = run.rounds().pruningOf(run.stage());
        return pruning.flatMap(stage -> run.model().map(model -> new LaterRound(RunLayout.base(stage), model)));
    }

    /** The first stage of the round makes it. */
    List<Leg> before(List<Leg> legs) {
        List<Leg> all = new ArrayList<>();
        all.add(new Leg.Once(LEG, Work.Kind.BUILD, Optional.of(left), Optional.of(folder)));
        all.addAll(legs);
        return List.copyOf(all);
    }

    /** @param own what the stage itself says of its other legs */
    Errand errand(RunView run, Leg leg, Supplier<Errand> own) {
        if (leg.name().equals(LEG)) {
            return Errand.of(Work.Reads.NOTHING.version(run.recovered()));
        }
        Errand errand = own.get();
        return new Errand(errand.reads().base(Optional.of(folder)), errand.order());
    }
}
