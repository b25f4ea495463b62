package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.layers.Repairing;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.work.Reporter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Repairs runs of layers that are gone, the first one first, each on what the repaired model really gives, and believes a
 * repair only where the loss on text that it was not computed from falls.
 */
final class Repairs {
    private final Decoder model;
    private final Depth smaller;
    private final List<Integer> gone;
    private final Repairing wanted;

    /** @param smaller whose down_proj are replaced */
    Repairs(Decoder model, Depth smaller, List<Integer> gone, Repairing wanted) {
        this.model = model;
        this.smaller = smaller;
        this.gone = gone;
        this.wanted = wanted;
    }

    /**
     * What became of a run of layers.
     *
     * @param losses on held-out text by the way of repair, nats a token
     */
    record Repaired(int first, int last, Map<Repairing, Double> losses, Repairing chosen) {}

    /**
     * @param owner of the weights that are made
     * @param rows calibration text: the last fifth is held out
     */
    List<Repaired> done(NDManager owner, int[][] rows, Reporter reporter) {
        int held = rows.length < 2 ? 0 : Math.max(1, rows.length / 5);
        boolean normed = model.config().architecture().normsOutputs();
        if (normed && wanted != Repairing.NONE && wanted != Repairing.AUTO) {
            throw new UserError("prune.layers.repair = " + wanted.name().toLowerCase(Locale.ROOT) + " cannot be for "
                    + model.config().family().modelType() + ", which norms what the FFN gives, so that no least squares"
                    + " of it are those of the stream: use none or auto");
        }
        if (normed || wanted == Repairing.NONE || (wanted == Repairing.AUTO && held == 0)) {
            return List.of();
        }
        int[][] fit = Arrays.copyOf(rows, rows.length - held);
        int[][] unseen = held == 0 ? rows : Arrays.copyOfRange(rows, rows.length - held, rows.length);
        int[] kept = smaller.kept(gone);
        List<int[][]> chunks = Depth.chunks(fit);
        Depth intact = new Depth(model);
        List<int[]> runs = Repair.runs(gone).stream().filter(run -> run[0] > 0).toList();
        List<Repaired> outcomes = new ArrayList<>();
        double before = smaller.loss(unseen, kept);
        Walk repaired = null;
        try (Walk original = Walk.start(intact, chunks)) {
            for (int[] run : runs) {
                int layer = run[0] - 1;
                if (repaired == null && Collections.min(gone) > layer) {
                    // Up to the first gap both are the same.
                    original.on(intact, layer, IntStream.range(0, layer).toArray());
                    repaired = original.fork();
                } else {
                    repaired = repaired == null ? original.fork() : repaired;
                    repaired.on(smaller, layer, between(kept, repaired.at(), layer));
                }
                original.on(
                        intact, run[1], IntStream.range(original.at(), run[1]).toArray());
                Repaired outcome = repaired(owner, run, repaired, original, chunks, unseen, kept, before);
                outcomes.add(outcome);
                before = outcome.losses().get(outcome.chosen());
                reporter.progressed(outcomes.size(), runs.size(), "gaps repaired");
            }
        } finally {
            if (repaired != null) {
                repaired.close();
            }
        }
        return outcomes;
    }

    private static int[] between(int[] kept, int from, int to) {
        return Arrays.stream(kept).filter(layer -> layer >= from && layer < to).toArray();
    }

    private Repaired repaired(
            NDManager owner,
            int[] run,
            Walk repaired,
            Walk original,
            List<int[][]> chunks,
            int[][] unseen,
            int[] kept,
            double before) {
        int layer = run[0] - 1;
        long tokens = chunks.stream()
                .mapToLong(chunk -> (long) chunk.length * chunk[0].length)
                .sum();
        NDArray asItWas = smaller.down(layer);
        List<Repairing> ways = Repair.ways(wanted, tokens, asItWas.getShape().get(1));
        Map<Repairing, NDArray> fitted =
                new Repair(smaller).fitted(owner, layer, repaired.streams(), original.streams(), chunks, ways);
        Map<Repairing, Double> losses = new EnumMap<>(Repairing.class);
        losses.put(Repairing.NONE, before);
        Repairing chosen = wanted == Repairing.AUTO ? Repairing.NONE : wanted;
        for (Map.Entry<Repairing, NDArray> way : fitted.entrySet()) {
            smaller.replaceDown(layer, way.getValue());
            losses.put(way.getKey(), smaller.loss(unseen, kept));
            // a loss that is no number is not less
            chosen = wanted == Repairing.AUTO && losses.get(way.getKey()) < losses.get(chosen) ? way.getKey() : chosen;
        }
        smaller.replaceDown(layer, chosen == Repairing.NONE ? asItWas : fitted.get(chosen));
        return new Repaired(run[0], run[1] - 1, losses, chosen);
    }
}
