package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.method.Method;
import dev.espalier.protocol.CalibrationOrder;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** One pass over calibration text: what the units that can be pruned are worth, for methods that ask. */
record Calibrate(Function<RunConfig, Method> method) implements StageKind {
    @Override
    public String word() {
        return Stage.CALIBRATE.kind();
    }

    @Override
    public List<Leg> legs(RunView run) {
        if (metrics(run).isEmpty()) {
            return List.of();
        }
        List<Leg> legs = List.of(new Leg.Once("scores", Work.Kind.BUILD, Optional.empty(), Optional.empty()));
        return LaterRound.of(run).map(round -> round.before(legs)).orElse(legs);
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Supplier<Errand> own = () -> new Errand(Work.Reads.NOTHING, new CalibrationOrder(metrics(run)).json());
        return LaterRound.of(run).map(round -> round.errand(run, leg, own)).orElseGet(own);
    }

    private List<String> metrics(RunView run) {
        return method.apply(run.config()).metrics(run.config()).stream()
                .sorted()
                .toList();
    }
}
