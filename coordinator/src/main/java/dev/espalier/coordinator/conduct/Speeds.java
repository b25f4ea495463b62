package dev.espalier.coordinator.conduct;

import dev.espalier.protocol.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How fast workers are, compared with each other: slices are cut to fit (dynamic local updates, Liu et al. 2024, arXiv
 * 2401.09135 section 5.2), so that a slow worker's results are not hopelessly late. Forgotten at a restart.
 */
public final class Speeds {
    /** What is nearly as fast as the fastest counts as that: times of equal workers scatter. */
    private static final double NEARLY = 0.75;

    private static final double NEWEST = 0.2;

    private final Map<String, Double> secondsPerStep = new HashMap<>();
    private Stage stage;

    /** A worker took a step. */
    public void took(String worker, Stage at, double seconds) {
        if (!at.equals(stage)) {
            secondsPerStep.clear();
            stage = at;
        }
        secondsPerStep.merge(worker, seconds, (before, now) -> before + NEWEST * (now - before));
    }

    /** These are there now: nobody is measured by a worker that has left. */
    public void present(List<String> names) {
        secondsPerStep.keySet().retainAll(names);
    }

    /** The worker's speed as a share of the fastest one's; 1 if it is not known yet. */
    public double share(String worker) {
        double fastest = secondsPerStep.values().stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(0);
        double share = fastest / secondsPerStep.getOrDefault(worker, fastest);
        return share >= NEARLY || Double.isNaN(share) ? 1 : share;
    }
}
