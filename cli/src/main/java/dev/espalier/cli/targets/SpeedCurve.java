package dev.espalier.cli.targets;

import java.util.Map;
import java.util.TreeMap;

/** Time as a share of the intact model's, by the share of the prunable parameters that is gone: pure. */
final class SpeedCurve {
    private final TreeMap<Double, Double> points = new TreeMap<>();

    /**
     * Through the intact model and what was measured. A model that lost more and yet took longer was measured beside
     * something else: it counts as the one before it.
     *
     * @param measured times by shares, in (0, 1)
     */
    SpeedCurve(Map<Double, Double> measured) {
        double least = 1;
        points.put(0.0, least);
        for (Map.Entry<Double, Double> point : new TreeMap<>(measured).entrySet()) {
            least = Math.min(least, point.getValue());
            points.put(point.getKey(), least);
        }
    }

    /** On the straight line between the neighbours; beyond the last, as the last. */
    double at(double share) {
        Map.Entry<Double, Double> below = points.floorEntry(share);
        Map.Entry<Double, Double> above = points.ceilingEntry(share);
        if (above == null || above.getKey().equals(below.getKey())) {
            return below.getValue();
        }
        double way = (share - below.getKey()) / (above.getKey() - below.getKey());
        return below.getValue() + way * (above.getValue() - below.getValue());
    }
}
