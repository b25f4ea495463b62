package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.method.Method;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** From the intact model, or what an earlier round left of it, to a smaller one, as the method says. */
record Prune(Function<RunConfig, Method> method) implements StageKind {
    @Override
    public String word() {
        return Stage.PRUNE.kind();
    }

    @Override
    public List<Leg> legs(RunView run) {
        Method chosen = method.apply(run.config());
        List<Leg> legs = chosen.legs(run);
        boolean calibrated = !chosen.metrics(run.config()).isEmpty()
                && run.rounds().calibrationOf(run.stage()).isPresent();
        return calibrated
                ? legs
                : LaterRound.of(run).map(round -> round.before(legs)).orElse(legs);
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Supplier<Errand> own = () -> method.apply(run.config()).errand(run, leg, slice);
        return LaterRound.of(run).map(round -> round.errand(run, leg, own)).orElseGet(own);
    }

    @Override
    public List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        return method.apply(before.config()).merged(before, leg, slice, result, version);
    }

    @Override
    public Map<String, Double> learningRates(RunConfig config) {
        return method.apply(config).learningRates(config);
    }
}
