package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A run among others that differ from it in method and target only, as far as it is.
 *
 * @param goal what it was to reach, for people: the same for runs that may be held against each other
 * @param target share of the prunable parameters that is to go, 0..1, which another goal leads to with this method
 * @param state as in the manifest; PENDING before the run has begun
 * @param cause why the run stands; empty if nothing is known to have gone wrong
 * @param dense the model that all runs began with
 * @param pruned what pruning left, its label the method
 * @param recovered the same after the training that followed; empty if there was none
 * @param manifest the run's own, empty before it has begun
 */
public record ComparedRun(
        String name,
        String method,
        String goal,
        double target,
        Path folder,
        String state,
        Optional<String> cause,
        List<StageTime> stages,
        Optional<Row> dense,
        Optional<Row> pruned,
        Optional<Row> recovered,
        JsonNode manifest) {
    /** In what was measured of a model: the run of the comparison that measured it, if it was another. */
    public static final String TAKEN_FROM = "taken-from";

    private static final String PENDING = "PENDING";
    private static final String COMPLETED = "COMPLETED";

    /**
     * Reads what a run folder holds, which may be nothing yet.
     *
     * @param cause why the run stands, if that is known better than its manifest tells
     * @throws IOException if the manifest is there and cannot be read
     */
    public static ComparedRun read(
            String name, String method, String goal, double target, Path folder, Optional<String> cause)
            throws IOException {
        ManifestFile manifest = ManifestFile.read(folder);
        boolean recovered = manifest.stages().stream()
                .anyMatch(stage ->
                        stage.stage().trainsWhatIsLeft() && stage.state().equals(COMPLETED));
        return new ComparedRun(
                name,
                method,
                goal,
                target,
                folder,
                manifest.json().path("state").asText(PENDING),
                cause.or(manifest::failure),
                manifest.stages(),
                manifest.dense(),
                manifest.pruned(method),
                recovered ? manifest.exported(method) : Optional.empty(),
                manifest.json());
    }

    public boolean completed() {
        return state.equals(COMPLETED);
    }

    /** What all of its stages took; empty unless all have ended. */
    public OptionalDouble seconds() {
        return completed() ? ManifestFile.seconds(stages) : OptionalDouble.empty();
    }

    /** The run that measured the dense model, if this one took its numbers from there. */
    Optional<String> takenFrom() {
        return ManifestFile.takenFrom(manifest.path("evaluation").path("before"));
    }

    /** What a stage took; empty before it has ended. */
    Optional<Duration> duration(Stage stage) {
        return stages.stream()
                .filter(time -> time.stage().equals(stage))
                .flatMap(time -> time.duration().stream())
                .findFirst();
    }

    /** The method at its target, for people. */
    public String label() {
        return method + ", " + goal;
    }

    /** A share that is to go, for people. */
    public static String percent(double target) {
        return Figures.tick(100 * target) + " %";
    }

    /** Why not all was measured; empty if it was. */
    public Optional<String> absence() {
        if (completed()) {
            return Optional.empty();
        }
        String standing = state.equals(PENDING) ? "not begun" : "not completed, " + state.toLowerCase(Locale.ROOT);
        return Optional.of(cause.orElse(standing));
    }
}
