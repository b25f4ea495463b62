package dev.espalier.methods.bonsai.work;

import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.bonsai.rounds.Course;
import dev.espalier.methods.bonsai.rounds.Progress;
import dev.espalier.methods.bonsai.rounds.ProgressFile;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.masked.work.FiniteLosses;
import dev.espalier.methods.masked.work.MaskLoss;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
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
    private static final String ROUND = "prune.round";

    private final Bench bench;
    private final Course course;
    private final FiniteLosses finite = new FiniteLosses();
    private BlobRef start;
    private Units units;

    LearnLeg(Bench bench, Assignment first) {
        this.bench = bench;
        this.course = Course.of(bench.config(), first.key().stage());
    }

    /** A stage that is done again may begin with other units. */
    private void read(BlobRef wanted) throws IOException {
        if (!wanted.equals(start)) {
            Path file = bench.files().verify(wanted);
            units = Units.read(
                    bench.shape(), BonsaiKeys.of(bench.config()).ffnBlock(), name -> ProgressFile.more(file, name));
            start = wanted;
        }
    }

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        read(work.reads().blob(MaskLegs.START).orElseThrow());
        MaskLoss loss = new MaskLoss(bench.intactForTraining(), units.shape());
        Progress progress =
                ProgressFile.read(bench.files().verify(work.reads().version().orElseThrow()));
        List<Losses.OfStep> measured = new ArrayList<>();
        double sparsity = 0;
        for (int i = 0; i < work.steps(); i++) {
            long start = System.nanoTime();
            int step = work.slice().firstStep() + i;
            Cursor at = work.slice().data().after((long) i * course.pairs());
            int[][] rows = bench.trainingRows(at, course.pairs());
            float[] losses = losses(loss, progress, step, rows);
            measured.add(new Losses.OfStep(losses, new float[0]));
            finite.see(measured.get(i));
            int round = progress.now();
            progress = progress.learnt(course, step, losses);
            StepMetrics metrics = metrics(assignment, step, rows, measured.get(i), round, progress, start);
            sparsity = metrics.value(StepFields.SPARSITY_EXPECTED);
            bench.meters().tensors(bench.torch().tensors(), bench.torch().tensorBytes());
            reporter.stepped(metrics);
        }
        WorkResult result = Results.measured(assignment.key(), Losses.json(measured));
        return new WorkResult(result.key(), result.student(), sparsity, result.artefacts(), result.measurements());
    }

    /** Each sequence has a pair of its own: what is hard in the text counts for both masks alike. */
    private float[] losses(MaskLoss loss, Progress progress, int step, int[][] rows) {
        List<MaskSet> masks = new ArrayList<>();
        int[][] text = new int[2 * rows.length][];
        for (int sample = 0; sample < text.length; sample++) {
            boolean[] mask = progress.mask(course, step, sample / 2, sample % 2 == 1);
            masks.add(units.spread(progress.task().layout(), (unit, place, size) -> mask[unit] ? 1 : 0));
            text[sample] = rows[sample / 2];
        }
        return loss.each(masks, text);
    }

    private StepMetrics metrics(
            Assignment assignment,
            int step,
            int[][] rows,
            Losses.OfStep losses,
            int round,
            Progress after,
            long start) {
        MaskSet keep = units.spread(after.task().layout(), (unit, place, size) -> after.isThere(unit) ? 1 : 0);
        double seconds = (System.nanoTime() - start) / 1e9;
        double from = bench.config().prune().from();
        double sparsity = bench.config().prune().sparsity();
        return StepMetrics.of(assignment.key().stage(), step, (long) rows.length * rows[0].length, seconds)
                .with(StepFields.LOSS, losses.mean())
                .with(ROUND, round)
                .with(StepFields.SPARSITY_EXPECTED, new ExpectedSparsity(units.shape()).of(keep))
                .with(StepFields.SPARSITY_TARGET, from + after.decided(course) * (sparsity - from))
                .withKept(units.kept(keep));
    }
}
