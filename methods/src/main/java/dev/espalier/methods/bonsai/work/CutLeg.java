package dev.espalier.methods.bonsai.work;

import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.bonsai.rounds.Course;
import dev.espalier.methods.bonsai.rounds.Progress;
import dev.espalier.methods.bonsai.rounds.ProgressFile;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.oneshot.work.Shot;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The end: what went in the rounds goes, and to reach the target exactly what is of the least worth besides, or comes back what
 * went last; the rest is re-fitted if that is asked for.
 */
record CutLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        Path start = bench.files().verify(work.reads().blob(MaskLegs.START).orElseThrow());
        Units units = Units.read(shape, BonsaiKeys.of(config).ffnBlock(), name -> ProgressFile.more(start, name));
        Progress progress = ProgressFile.read(
                        bench.files().verify(work.reads().version().orElseThrow()))
                .finished(Course.of(config, assignment.key().stage()));
        double sparsity = config.prune().sparsity();
        MaskSet gates = new DeterministicMasks(shape).cut(logits(progress, units, shape), sparsity, bench.uniform());
        KeptUnits kept = new MaskedUnits(shape, gates);
        if (config.prune().refit()) {
            kept = new RefittedUnits(
                    kept, bench.torch(), shape, config.calibrate().damping());
        }
        return new Shot(bench).fired(assignment, kept, gates, reporter);
    }

    /** Numbers by which units go, the lowest first; of a block first those of the least score. */
    private MaskSet logits(Progress progress, Units units, PrunableShape shape) throws IOException {
        int[] ranks = ranks(progress);
        MaskSet live = Units.live(bench.gone(), shape);
        return units.spread(
                        progress.task().layout(),
                        (unit, place, size) -> ranks[unit] + (double) (size - place) / (size + 1))
                .mapRows((row, values) -> IntStream.range(0, values.length)
                        .mapToDouble(i -> live.row(row)[i] == 0 ? Double.NEGATIVE_INFINITY : values[i])
                        .toArray());
    }

    /** Of each unit how many go before it: those that went in earlier rounds, then those of less worth. */
    private static int[] ranks(Progress progress) {
        int[] gone = progress.gone();
        float[] worth = progress.task().worth();
        int[] sorted = IntStream.range(0, gone.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(unit -> gone[unit] == 0 ? Integer.MAX_VALUE : gone[unit])
                        .thenComparingDouble(unit -> worth[unit]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ranks = new int[gone.length];
        for (int place = 0; place < sorted.length; place++) {
            ranks[sorted[place]] = place;
        }
        return ranks;
    }
}
