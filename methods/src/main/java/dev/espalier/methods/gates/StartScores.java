package dev.espalier.methods.gates;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.Rounds;
import dev.espalier.protocol.config.RunConfig;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The scores that gates start from ({@code prune.initialise-from}). */
public final class StartScores {
    private StartScores() {}

    /** Those that the calibrate stage must find. */
    public static Set<String> calibrated(RunConfig.Prune prune) {
        return prune.initialiseFrom().stream()
                .filter(metric -> !metric.equals("magnitude"))
                .collect(Collectors.toSet());
    }

    /** Tells where a stage to find them is missing. */
    public static void check(RunConfig config, ConfigProblems problems) {
        Optional<Stage> uncalibrated = Rounds.of(config.stages()).uncalibrated();
        problems.require(
                calibrated(config.prune()).isEmpty() || uncalibrated.isEmpty(),
                "prune.initialise-from = " + config.prune().initialiseFrom().orElse("none")
                        + " needs calibration: add calibrate before "
                        + uncalibrated.map(Stage::word).orElse("") + ", or change that key",
                "stages",
                "prune.method",
                "prune.initialise-from");
    }
}
