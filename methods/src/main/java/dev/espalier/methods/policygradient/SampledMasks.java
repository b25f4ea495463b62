package dev.espalier.methods.policygradient;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.simulation.Subject;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A simulated run by policy gradients, whose workers return losses by chance: distribution, masks, steps and projection are the coordinator's own.
 *
 * @param method the real one
 * @param units that have a probability
 */
public record SampledMasks(Method method, int units) implements Subject {
    private static final int LAYERS = 30;
    private static final int ROWS = 4;
    private static final int MASKS = 2;
    private static final double STAYS = 0.7;

    @Override
    public String prune() {
        return "method = %s, initialise-from = none, granularity = [ffn], batch-size = %d, policy-gradient.masks = %d"
                .formatted(PolicyGradientKeys.NAME, ROWS, MASKS);
    }

    @Override
    public Optional<WorkResult> result(Assignment assignment, BlobFolder blobs) throws IOException {
        Work work = assignment.work();
        return switch (work.leg()) {
            case MaskLegs.START -> Optional.of(start(assignment, blobs));
            case MaskLegs.LEARN ->
                Optional.of(new WorkResult(
                        assignment.key(),
                        Optional.empty(),
                        1 - STAYS,
                        List.of(),
                        Losses.json(losses(work)).toString()));
            default -> Optional.empty();
        };
    }

    private WorkResult start(Assignment assignment, BlobFolder blobs) throws IOException {
        List<Part> parts = IntStream.range(0, LAYERS)
                .mapToObj(layer -> new Part(Kind.FFN, layer, units / LAYERS))
                .toList();
        Layout layout = new Layout(parts);
        float[] costs = new float[layout.units()];
        Arrays.fill(costs, 1);
        double[] keep = new double[costs.length];
        Arrays.fill(keep, STAYS);
        Budget budget = new Budget(layout, new int[LAYERS], new double[] {STAYS * costs.length}, costs, 0, 0);
        BlobRef blob = blobs.put(file -> DistributionFile.write(file, Distribution.start(budget, keep)));
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        return new WorkResult(assignment.key(), Optional.empty(), Double.NaN, List.of(artefact), "{}");
    }

    private static List<Losses.OfStep> losses(Work work) {
        SplittableRandom random = new SplittableRandom(work.slice().firstStep());
        return IntStream.range(0, work.steps())
                .mapToObj(step -> {
                    float[] masks = new float[ROWS * MASKS];
                    for (int mask = 0; mask < masks.length; mask++) {
                        masks[mask] = (float) (3 + random.nextDouble());
                    }
                    return new Losses.OfStep(masks, new float[0]);
                })
                .toList();
    }
}
