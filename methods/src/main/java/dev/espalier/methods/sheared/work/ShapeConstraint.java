package dev.espalier.methods.sheared.work;

import dev.espalier.methods.gates.Lagrangian;
import dev.espalier.methods.sheared.work.ShapeRows.Part;
import dev.espalier.monitoring.StepFields;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Structure;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What holds the gates to the shape (docs/methods/sheared.md, Constraints): for each structure s and row r, the expected
 * share that is closed, {@code S = 1 - mean p}, is drawn to its target by the structure's own multipliers, all rows alike.
 */
final class ShapeConstraint {
    /** Probabilities of being open at the bounds of the logits: no gate is surer. */
    private static final double OPEN = HardConcrete.active(HardConcrete.LOGIT_BOUND, HardConcrete.BETA);

    private static final double CLOSED = HardConcrete.active(-HardConcrete.LOGIT_BOUND, HardConcrete.BETA);

    private final ShapeRows rows;
    private final boolean faithful;
    private final double warmupSteps;

    /**
     * @param faithful whether the target is the plain share, which logits within their bounds reach with fewer open gates
     *     than the shape has
     * @param warmupSteps over which targets rise
     */
    ShapeConstraint(ShapeRows rows, boolean faithful, double warmupSteps) {
        this.rows = rows;
        this.faithful = faithful;
        this.warmupSteps = warmupSteps;
    }

    /** What of a part is to be closed in the end, as gates within their bounds can say it. */
    double target(Part part) {
        int kept = part.kept();
        int all = part.size();
        return 1 - (faithful ? kept : kept * OPEN + (all - kept) * CLOSED) / all;
    }

    /** The same at a step, counted from 0. */
    double target(Part part, int step) {
        return target(part) * risen(step);
    }

    /** Share of the targets that is asked for at a step. */
    double risen(int step) {
        return warmupSteps == 0 ? 1 : Math.min(1, step / warmupSteps);
    }

    /** How far expected and wanted shares are apart, part by part. */
    double[] gaps(Structure structure, MaskSet logits, int step) {
        return rows.of(structure, logits).stream()
                .mapToDouble(part -> closed(part, logits) - target(part, step))
                .toArray();
    }

    private static double closed(Part part, MaskSet logits) {
        double[] row = logits.row(part.row());
        double open = 0;
        for (int unit = part.from(); unit < part.to(); unit++) {
            open += HardConcrete.active(row[unit], HardConcrete.BETA);
        }
        return 1 - open / part.size();
    }

    /** The sum of all structures' penalties. */
    double loss(Map<Structure, Lagrangian> multipliers, MaskSet logits, int step) {
        return multipliers.entrySet().stream()
                .mapToDouble(pair -> pair.getValue().loss(gaps(pair.getKey(), logits, step)))
                .sum();
    }

    /** d loss / d logit, added to {@code into}. */
    void addGradient(Map<Structure, Lagrangian> multipliers, MaskSet logits, int step, MaskSet into) {
        multipliers.forEach((structure, pair) -> {
            List<Part> parts = rows.of(structure, logits);
            double[] gaps = gaps(structure, logits, step);
            for (int i = 0; i < gaps.length; i++) {
                Part part = parts.get(i);
                double slope = pair.slope(gaps[i], gaps.length) / part.size();
                for (int unit = part.from(); unit < part.to(); unit++) {
                    into.row(part.row())[unit] -=
                            slope * HardConcrete.activeSlope(logits.row(part.row())[unit], HardConcrete.BETA);
                }
            }
        });
    }

    /** One step up for all multipliers. */
    void ascend(Map<Structure, Lagrangian> multipliers, MaskSet logits, int step, double rate) {
        multipliers.forEach((structure, pair) -> pair.ascend(gaps(structure, logits, step), rate));
    }

    /** Expected and wanted closed shares of a structure, means over its rows, for a line of metrics: {@code closed.hidden}. */
    Map<String, Double> told(Map<Structure, Lagrangian> multipliers, MaskSet logits, int step) {
        Map<String, Double> told = new TreeMap<>();
        for (Structure structure : multipliers.keySet()) {
            List<Part> parts = rows.of(structure, logits);
            String word = word(structure);
            told.put(
                    StepFields.CLOSED + word,
                    parts.stream()
                            .mapToDouble(part -> closed(part, logits))
                            .average()
                            .orElseThrow());
            told.put(
                    StepFields.TARGET + word,
                    parts.stream()
                            .mapToDouble(part -> target(part, step))
                            .average()
                            .orElseThrow());
        }
        return told;
    }

    static String word(Structure structure) {
        return structure.name().toLowerCase(Locale.ROOT);
    }
}
