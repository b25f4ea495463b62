package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Teacher;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.masks.MaskLogits;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.nuteprune.InitialLogits;
import dev.espalier.worker.nuteprune.PruneTrainer;
import dev.espalier.worker.recovery.Lesson;
import dev.espalier.worker.recovery.RecoverTrainer;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.Student;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.ValidationLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Training slices of the prune and the recover stage. The student of the last slice stays on the device, and a slice that
 * goes on from it needs nothing; one that only goes on with its optimizer moments, since others' results were merged
 * meanwhile, reads the newest trainables; any other is read from the blobs.
 */
final class TrainWork {
    private static final int MAX_NON_FINITE_STEPS = 10;

    private final RunSession session;
    private Course course;
    private Student student;
    private Optional<BlobRef> version = Optional.empty();
    private ModelFolder smallFolder;
    private Decoder small;

    /** What is trained: a stage, and the smaller model unless it is the intact one. */
    private record Course(Stage stage, Optional<String> model) {}

    TrainWork(RunSession session) {
        this.session = session;
    }

    WorkResult run(AssignmentKey key, Work.Train work, Reporter reporter) throws IOException {
        enter(new Course(key.stage(), work.model()));
        prepare(work);
        // From here on the student on the device is no version that anybody knows, until the slice is whole.
        version = Optional.empty();
        try {
            double sparsity = work.model().isEmpty() ? prune(work, reporter) : teach(work, reporter);
            BlobRef result = session.files().put(file -> StudentFile.write(file, student));
            version = Optional.of(result);
            return Outcome.student(key, result, sparsity);
        } finally {
            if (version.isEmpty()) {
                replaceStudent(null);
            }
        }
    }

    /** Puts on the device what the slice starts from, and moves no more than it must. */
    private void prepare(Work.Train work) throws IOException {
        Optional<BlobRef> moments = work.moments().or(work::student);
        boolean hasMoments = student != null && version.isPresent() && version.equals(moments);
        if (hasMoments && version.equals(work.student())) {
            return;
        } else if (hasMoments) {
            StudentFile.readTrainables(session.files().verify(work.student().orElseThrow()), student);
        } else if (work.student().isPresent()) {
            Path trainables = session.files().verify(work.student().get());
            Path memory = session.files().verify(moments.get());
            replaceStudent(StudentFile.read(trainables, memory, model(), scale(lora())));
        } else {
            replaceStudent(fresh(work));
        }
    }

    private void enter(Course wanted) {
        if (!wanted.equals(course)) {
            release();
            course = wanted;
        }
    }

    private double prune(Work.Train work, Reporter reporter) throws IOException {
        PruneTrainer trainer = pruneTrainer();
        double sparsity = 0;
        try (NDManager scope = session.torch().scope()) {
            Variant teacher = teacher(scope, work.teacher());
            NonFinite nonFinite = new NonFinite();
            for (int i = 0; i < work.targets().size(); i++) {
                StepMetrics metrics = trainer.step(
                        student,
                        teacher,
                        work.teacher().word(),
                        work.firstStep() + i,
                        work.targets().get(i));
                nonFinite.see(metrics);
                sparsity = metrics.expectedSparsity();
                if (validates(work, i)) {
                    metrics = metrics.withValidation(gated(trainer, sparsity));
                }
                if (session.config().prune().faithful()) {
                    float[] multipliers = student.lagrangian().multipliers();
                    session.meters().multipliers(session.config().name(), multipliers[0], multipliers[1]);
                }
                tellTensors();
                reporter.stepped(metrics);
            }
        }
        return sparsity;
    }

    /** Ten times while a model is trained, and at its end. */
    private boolean validates(Work.Train work, int at) {
        int every = Math.max(1, work.totalSteps() / 10);
        int taken = work.firstStep() + at + 1;
        return session.validationRows().length > 0 && (taken % every == 0 || taken == work.totalSteps());
    }

    /** The validation loss of the student at its own sparsity, without chance in its gates. */
    private double gated(PruneTrainer trainer, double sparsity) {
        try (NDManager scope = session.torch().scope()) {
            NDList masks =
                    trainer.teacherMasks(scope, student.masks().orElseThrow().set(), sparsity);
            Variant variant = new Variant(masks, student.lora(), student.scale());
            return ValidationLoss.of(session.intactForTraining(), variant, session.validationRows());
        }
    }

    private Variant teacher(NDManager scope, Teacher teacher) throws IOException {
        if (teacher.intact()) {
            return Variant.INTACT;
        }
        Path file = session.files().path(teacher.snapshot().orElseThrow());
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            NDList masks = pruneTrainer().teacherMasks(scope, StudentFile.logits(reader), teacher.percent() / 100.0);
            NDList lora = StudentFile.factors(reader, session.torch(), scope, session.intactForTraining());
            return new Variant(masks, lora, scale(session.config().prune().lora()));
        }
    }

    private PruneTrainer pruneTrainer() {
        return new PruneTrainer(
                session.intactForTraining(),
                session.config(),
                session.shape(),
                session.uniform(),
                session.sequences()::batch,
                session.clock(course.stage()));
    }

    /** Over the smaller model. */
    private double teach(Work.Train work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        boolean pruning = course.stage().equals(Stage.PRUNE);
        Lesson lesson = pruning ? Lesson.afterCut(config.prune()) : Lesson.recovery(config.recover(), config.prune());
        try (NDManager scope = session.torch().scope()) {
            Optional<RecoverTrainer.Teaching> teacher = Optional.empty();
            if (pruning || config.recover().objective() == RunConfig.Objective.DISTILL) {
                teacher = Optional.of(new RecoverTrainer.Teaching(
                        session.intactForTraining(),
                        teacher(scope, work.teacher()),
                        work.teacher().word()));
            }
            RecoverTrainer trainer = new RecoverTrainer(
                    small(), teacher, lesson, session.sequences()::batch, session.clock(course.stage()));
            NonFinite nonFinite = new NonFinite();
            for (int i = 0; i < work.targets().size(); i++) {
                StepMetrics metrics = trainer.step(student, work.firstStep() + i);
                nonFinite.see(metrics);
                if (validates(work, i)) {
                    Variant taught = new Variant(new NDList(), student.lora(), student.scale());
                    metrics = metrics.withValidation(ValidationLoss.of(small(), taught, session.validationRows()));
                }
                tellTensors();
                reporter.stepped(metrics);
            }
        }
        return pruning ? config.prune().sparsity() : 0;
    }

    private void tellTensors() {
        session.meters().tensors(session.torch().tensors(), session.torch().tensorBytes());
    }

    private Decoder small() {
        if (small == null) {
            smallFolder = ModelFolder.open(session.path(course.model().orElseThrow()));
            small = session.load(smallFolder, session.trainingPrecision());
        }
        return small;
    }

    private Decoder model() {
        return course.model().isEmpty() ? session.intactForTraining() : small();
    }

    private RunConfig.Lora lora() {
        return course.stage().equals(Stage.PRUNE)
                ? session.config().prune().lora()
                : session.config().recover().lora();
    }

    private static double scale(RunConfig.Lora lora) {
        return lora.alpha() / lora.rank();
    }

    private Student fresh(Work.Train work) throws IOException {
        long seed = session.config().seed() + course.stage().number();
        Optional<MaskLogits> masks =
                course.model().isEmpty() ? Optional.of(startLogits(work.calibration(), seed)) : Optional.empty();
        NDManager owner = session.torch().scope();
        // What factors would learn before the cut, the re-fit would undo.
        boolean gatesAlone =
                course.model().isEmpty() && session.config().prune().refit();
        NDList factors = gatesAlone ? new NDList() : LoraFactors.fresh(owner, model(), lora(), seed);
        return Student.fresh(model(), owner, factors, scale(lora()), masks);
    }

    private MaskLogits startLogits(Optional<BlobRef> calibration, long seed) throws IOException {
        RunConfig.Prune prune = session.config().prune();
        if (prune.initialiseFrom().isPresent()) {
            Path file = calibration.isPresent() ? session.files().verify(calibration.get()) : null;
            return InitialLogits.fromScores(session.scores(
                    Optional.ofNullable(file),
                    prune.initialiseFrom().get().name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
        return prune.faithful() ? MaskLogits.published(session.shape(), seed) : InitialLogits.equal(session.shape());
    }

    private void replaceStudent(Student next) {
        if (student != null) {
            student.close();
        }
        student = next;
        version = Optional.empty();
    }

    /** Gives back what training holds on the device. */
    void release() {
        replaceStudent(null);
        if (small != null) {
            small.close();
            smallFolder.close();
            small = null;
        }
        course = null;
    }

    /** A step that is not finite is skipped; a row of them means that the run diverged. */
    private static final class NonFinite {
        private int inARow;

        void see(StepMetrics metrics) {
            inARow = Double.isFinite(metrics.gradientNorm()) ? 0 : inARow + 1;
            if (inARow == MAX_NON_FINITE_STEPS) {
                throw new IllegalStateException(
                        "loss or gradient was not finite in " + inARow + " steps in a row up to step " + metrics.step()
                                + "; lower prune.learning-rate or recover.learning-rate");
            }
        }
    }
}
