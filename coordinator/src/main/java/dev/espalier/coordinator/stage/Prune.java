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

/** From the intact model to a smaller one, as the method says. */
record Prune(Function<RunConfig, Method> method) implements StageKind {
    @Override
    public String word() {
        return Stage.PRUNE.kind();
    }

    @Override
    public List<Leg> legs(RunView run) {
        return method.apply(run.config()).legs(run);
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return method.apply(run.config()).errand(run, leg, slice);
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
