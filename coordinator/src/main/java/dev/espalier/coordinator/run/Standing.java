package dev.espalier.coordinator.run;

import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.Manifest;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a run stands, for whoever asks. */
record Standing(RunDecisions decisions, Crew crew, Inspections inspections) {
    static final String VERIFYING = "its files are being verified";

    RunStatus status(RunState state) {
        return new RunStatus(state.run(), state.phase().name(), Manifest.of(state, waiting(state), steps(state)));
    }

    /**
     * Training steps of each stage, those that are done included; 0 of one that does not train, and of all where the
     * configuration cannot be read any more, which the run tells as its cause.
     */
    private Map<Stage, Integer> steps(RunState state) {
        Map<Stage, Integer> steps = new LinkedHashMap<>();
        state.stages().forEach(record -> steps.put(record.stage(), 0));
        if (!steps.isEmpty()) {
            try {
                StagePlan plan = decisions.plan(state);
                steps.replaceAll((stage, none) -> plan.steps(stage));
            } catch (UserError e) {
                return steps;
            }
        }
        return steps;
    }

    /** What a running run waits for, or a finished one lacks; empty while somebody works for it. */
    Optional<String> waiting(RunState state) {
        return switch (state.phase()) {
            case COMPLETED -> missing(state);
            case RUNNING -> crew.waiting(state);
            case PENDING, PAUSED, FAILED, CANCELLED -> Optional.empty();
        };
    }

    private Optional<String> missing(RunState state) {
        if (inspections.underWay()) {
            return Optional.of(VERIFYING);
        }
        List<Artefact> missing = inspections.missing(state);
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        int others = missing.size() - 1;
        return Optional.of("missing: " + missing.get(0).path()
                + (others == 0 ? "" : " and " + others + " more") + ", in " + state.directory()
                + "; resume makes " + (others == 0 ? "it" : "them") + " again");
    }
}
