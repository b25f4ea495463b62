package dev.espalier.worker.training;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.protocol.data.DomainLosses;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Training slices, whatever is trained. The student of the last slice stays on the device, and a slice that goes on from
 * it needs nothing; one that only goes on with its optimizer moments, since others' results were merged meanwhile, reads
 * the newest trainables; any other is read from the blobs.
 *
 * @param <S> kind of student
 */
public final class TrainingLeg<S extends Trainables> implements LegWork {
    private final Bench bench;
    private final Trainer<S> trainer;
    private final DomainTexts domains;
    private final NonFiniteSteps nonFinite = new NonFiniteSteps(NonFiniteSteps.LOWER);
    private S student;
    private Optional<BlobRef> version = Optional.empty();

    /** @param trainer is closed with this */
    public TrainingLeg(Bench bench, Trainer<S> trainer) {
        this.bench = bench;
        this.trainer = trainer;
        this.domains = new DomainTexts(bench);
    }

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        prepare(work);
        // From here on the student on the device is no version that anybody knows, until the slice is whole.
        version = Optional.empty();
        try {
            ObjectNode measured = JsonNodeFactory.instance.objectNode();
            double sparsity = train(work, reporter, measured);
            // Of what begins the leg, nobody has the version that it could be a change of.
            boolean delta = bench.config().cluster().upload() == RunConfig.Upload.BF16
                    && work.reads().version().isPresent();
            BlobRef result = delta
                    ? putDelta(work.reads().version().get())
                    : bench.files().put(file -> StudentFile.write(file, student));
            version = Optional.of(result);
            return delta
                    ? Results.delta(assignment.key(), result, sparsity, measured)
                    : Results.student(assignment.key(), result, sparsity, measured);
        } finally {
            if (version.isEmpty()) {
                replaceStudent(null);
            }
        }
    }

    private BlobRef putDelta(BlobRef base) throws IOException {
        Path started = bench.files().path(base);
        return bench.files().put(file -> StudentDelta.write(file, student, started, base.sha256()));
    }

    /** Puts on the device what the slice starts from, and moves no more than it must. */
    private void prepare(Work work) throws IOException {
        Optional<BlobRef> moments = work.reads().moments().or(work.reads()::version);
        boolean hasMoments = student != null && version.isPresent() && version.equals(moments);
        if (hasMoments && version.equals(work.reads().version())) {
            return;
        } else if (hasMoments) {
            Path trainables = bench.files().verify(work.reads().version().orElseThrow());
            try (StudentFile newest = StudentFile.open(trainables)) {
                newest.readValues(student);
            }
        } else if (work.reads().version().isPresent()) {
            Path trainables = bench.files().verify(work.reads().version().get());
            Path memory = bench.files().verify(moments.get());
            // first, so that there are never two
            replaceStudent(null);
            replaceStudent(StudentFile.read(trainables, memory, trainer::like));
        } else {
            replaceStudent(null);
            replaceStudent(trainer.fresh(work));
        }
    }

    /**
     * @param measured receives what is found out of the student at the end
     * @return its expected sparsity; 0 where the leg does not speak of it
     */
    private double train(Work work, Reporter reporter, ObjectNode measured) throws IOException {
        double sparsity = 0;
        try (NDManager scope = bench.torch().scope()) {
            Trainer.Steps<S> steps = trainer.begin(scope, work);
            for (int i = 0; i < work.steps(); i++) {
                Cursor at = work.slice().data().after((long) i * trainer.batchSize());
                int[][] rows = trainer.rows(bench, at);
                StepMetrics metrics = steps.step(student, work.slice().firstStep() + i, rows);
                nonFinite.see(metrics.step(), isFinite(metrics), work.until());
                sparsity = Double.isNaN(metrics.value(StepFields.SPARSITY_EXPECTED))
                        ? 0
                        : metrics.value(StepFields.SPARSITY_EXPECTED);
                if (validates(work, i)) {
                    metrics = metrics.with(StepFields.LOSS_VALIDATION, validation(steps, metrics));
                }
                if (i == 0) {
                    metrics = with(metrics, domains.shares(work));
                }
                if (i == work.steps() - 1 && domains.isDue(work)) {
                    DomainLosses found = losses(steps, metrics);
                    measured.setAll(found.json());
                    metrics = with(metrics, domains.told(found));
                }
                bench.meters().tensors(bench.torch().tensors(), bench.torch().tensorBytes());
                reporter.stepped(metrics);
            }
        }
        return sparsity;
    }

    /** Ten times while a model is trained, and at its end. */
    private boolean validates(Work work, int at) {
        int every = Math.max(1, work.until() / 10);
        int taken = work.slice().firstStep() + at + 1;
        return bench.validationRows().length > 0 && (taken % every == 0 || taken == work.until());
    }

    private double validation(Trainer.Steps<S> steps, StepMetrics last) {
        try (NDManager scope = bench.torch().scope()) {
            return ValidationLoss.of(trainer.model(), steps.shown(scope, student, last), bench.validationRows());
        }
    }

    private static StepMetrics with(StepMetrics metrics, Map<String, Double> more) {
        StepMetrics all = metrics;
        for (Map.Entry<String, Double> value : more.entrySet()) {
            all = all.with(value.getKey(), value.getValue());
        }
        return all;
    }

    private DomainLosses losses(Trainer.Steps<S> steps, StepMetrics last) {
        try (NDManager scope = bench.torch().scope()) {
            return domains.measure(trainer.model(), steps.shown(scope, student, last));
        }
    }

    private void replaceStudent(S next) {
        if (student != null) {
            student.close();
        }
        student = next;
        version = Optional.empty();
    }

    @Override
    public void close() {
        replaceStudent(null);
        trainer.close();
    }

    /** Trainers that do not tell of a gradient have looked at it themselves. */
    private static boolean isFinite(StepMetrics metrics) {
        return Double.isFinite(metrics.values().getOrDefault(StepFields.GRADIENT_NORM, 0.0));
    }
}
