package dev.espalier.cli.compare;

import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.coordinator.report.ComparedRun;
import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a run of a comparison stands before it is executed.
 *
 * @param finished it has completed with this very configuration
 * @param refusal why it may not go on in its folder
 */
record Standing(boolean finished, Optional<String> refusal) {
    private static final Set<String> CHEAP = Set.of(Stage.EXPORT.kind(), Stage.EVALUATE.kind());

    static Standing of(Combination one) throws IOException {
        Path stored = one.folder().resolve(RunLayout.CONFIG);
        if (!Files.isRegularFile(stored)) {
            return new Standing(false, Optional.empty());
        }
        ConfigChange change;
        ComparedRun run;
        try {
            change = ConfigChange.of(Files.readString(stored), one.run().text());
            run = one.read(Optional.empty());
        } catch (UserError e) {
            return new Standing(false, Optional.of(one.folder() + ": " + e.getMessage()));
        }
        if (change.keys().isEmpty()) {
            return new Standing(run.completed(), Optional.empty());
        }
        return new Standing(false, judged(change, one, run.stages()));
    }

    /** Hours of training are not thrown away for a slip of the pen, nor mixed with those of another configuration. */
    private static Optional<String> judged(ConfigChange change, Combination one, List<StageTime> stages) {
        boolean redoes = change.keys().contains("stages")
                || change.stages().stream().anyMatch(stage -> !CHEAP.contains(stage.kind()));
        boolean trained = stages.stream()
                .anyMatch(stage ->
                        !CHEAP.contains(stage.stage().kind()) && stage.started().isPresent());
        return redoes && trained
                ? Optional.of("the run in " + one.folder() + " was begun with other values of "
                        + String.join(", ", change.keys())
                        + ": use another --out, or 'espalier rm' that folder to do it again")
                : Optional.empty();
    }
}
