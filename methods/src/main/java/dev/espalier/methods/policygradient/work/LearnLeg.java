package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.masked.work.FiniteLosses;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Slices of measuring. After each step the worker learns from it for itself, as the coordinator will once it has the losses,
 * so that several steps go with one message; losses are all that it returns.
 */
final class LearnLeg implements LegWork {
    private static final String BASELINE = "loss.baseline";
    private static final String ENTROPY = "probabilities.entropy";
    private static final String AT_ZERO = "probabilities.at-zero";
    private static final String AT_ONE = "probabilities.at-one";
    private static final double NEARLY = 0.02;

    private final Bench bench;
    private final RunConfig config;
    private final Distribution.Course course;
    private final FiniteLosses finite = new FiniteLosses();
    private BlobRef start;
    private Units units;
    private final IntactLosses intact = new IntactLosses(IntactLosses.MOST_TOKENS);

    LearnLeg(Bench bench, Assignment first) {
        this.bench = bench;
        this.config = bench.config();
        this.course = Distribution.Course.of(config, first.key().stage());
    }

    /** A stage that is done again may begin with other units. */
    private void read(BlobRef wanted) throws IOException {
        if (!wanted.equals(start)) {
            Path file = bench.files().verify(wanted);
            units = Units.read(bench.shape(), course.settings().channels(), name -> DistributionFile.more(file, name));
            start = wanted;
        }
    }

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        read(work.reads().blob(MaskLegs.START).orElseThrow());
        MaskedLosses losses = new MaskedLosses(bench.intactForTraining(), units, course, intact);
        Distribution distribution = DistributionFile.read(
                bench.files().verify(work.reads().version().orElseThrow()));
        List<Losses.OfStep> measured = new ArrayList<>();
        double sparsity = 0;
        for (int i = 0; i < work.steps(); i++) {
            long start = System.nanoTime();
            int step = work.slice().firstStep() + i;
            Cursor at = work.slice().data().after((long) i * course.rows());
            int[][] rows = bench.trainingRows(at, course.rows());
            measured.add(losses.of(distribution, step, rows));
            finite.see(measured.get(i));
            Distribution before = distribution;
            distribution = distribution.learnt(course, step, measured.get(i));
            StepMetrics metrics = metrics(assignment, step, rows, measured.get(i), before, distribution, start);
            sparsity = metrics.value(StepFields.SPARSITY_EXPECTED);
            bench.meters().tensors(bench.torch().tensors(), bench.torch().tensorBytes());
            reporter.stepped(metrics);
        }
        WorkResult result = Results.measured(assignment.key(), Losses.json(measured));
        return new WorkResult(result.key(), result.student(), sparsity, result.artefacts(), result.measurements());
    }

    private StepMetrics metrics(
            Assignment assignment,
            int step,
            int[][] rows,
            Losses.OfStep losses,
            Distribution before,
            Distribution after,
            long start) {
        MaskSet keep = units.spread(after.layout(), (unit, place, size) -> after.keep()[unit]);
        double seconds = (System.nanoTime() - start) / 1e9;
        return StepMetrics.of(assignment.key().stage(), step, (long) rows.length * rows[0].length, seconds)
                .with(StepFields.LOSS, losses.mean())
                .with(BASELINE, after.baseline())
                .with(ENTROPY, after.entropy())
                .with(AT_ZERO, after.share(keepsNone -> keepsNone <= NEARLY))
                .with(AT_ONE, after.share(keepsAll -> keepsAll >= 1 - NEARLY))
                .with(StepFields.SPARSITY_EXPECTED, new ExpectedSparsity(units.shape()).of(keep))
                .with(StepFields.SPARSITY_TARGET, config.prune().sparsity())
                .with(StepFields.LEARNING_RATE, course.rate(step))
                .with(StepFields.GRADIENT_NORM, moved(before, after))
                .withKept(units.kept(keep));
    }

    /** How far the probabilities moved. */
    private static double moved(Distribution before, Distribution after) {
        double squares = 0;
        for (int unit = 0; unit < before.units(); unit++) {
            squares += Math.pow(after.keep()[unit] - before.keep()[unit], 2);
        }
        return Math.sqrt(squares);
    }
}
