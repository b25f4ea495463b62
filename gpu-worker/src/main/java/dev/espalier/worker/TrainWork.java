package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
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
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RunSession session;
    private Course course;
    private Student student;
    private Optional<BlobRef> version = Optional.empty();
    private ModelFolder smallFolder;
    private Decoder small;

    /** What is trained: a stage, and the smaller model unless it is the intact one. */
    private record Course(Stage stage, Optional<String> model) {}

    /**
     * Who teaches a slice under gates.
     *
     * @param snapshot an earlier version of the student; empty: the intact model
     * @param percent its sparsity
     */
    private record Teacher(Optional<BlobRef> snapshot, int percent) {
        static final Teacher INTACT = new Teacher(Optional.empty(), 0);

        /** As metrics.jsonl has it. */
        String word() {
            return snapshot.isPresent() ? Integer.toString(percent) : "intact";
        }
    }

    TrainWork(RunSession session) {
        this.session = session;
    }

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) throws IOException {
        enter(new Course(key.stage(), work.reads().model()));
        prepare(work);
        // From here on the student on the device is no version that anybody knows, until the slice is whole.
        version = Optional.empty();
        try {
            double sparsity = work.reads().model().isEmpty() ? prune(work, reporter) : teach(work, reporter);
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
    private void prepare(Work work) throws IOException {
        Optional<BlobRef> moments = work.reads().moments().or(work.reads()::version);
        boolean hasMoments = student != null && version.isPresent() && version.equals(moments);
        if (hasMoments && version.equals(work.reads().version())) {
            return;
        } else if (hasMoments) {
            StudentFile.readTrainables(
                    session.files().verify(work.reads().version().orElseThrow()), student);
        } else if (work.reads().version().isPresent()) {
            Path trainables = session.files().verify(work.reads().version().get());
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

    private double prune(Work work, Reporter reporter) throws IOException {
        PruneTrainer trainer = pruneTrainer();
        double sparsity = 0;
        JsonNode order = JSON.readTree(work.order());
        Teacher wanted =
                new Teacher(work.reads().blob("teacher"), order.path("teacher").asInt());
        try (NDManager scope = session.torch().scope()) {
            Variant teacher = teacher(scope, wanted);
            NonFinite nonFinite = new NonFinite();
            for (int i = 0; i < work.steps(); i++) {
                StepMetrics metrics = trainer.step(
                        student,
                        teacher,
                        wanted.word(),
                        work.slice().firstStep() + i,
                        order.path("targets").path(i).doubleValue());
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
    private boolean validates(Work work, int at) {
        int every = Math.max(1, work.until() / 10);
        int taken = work.slice().firstStep() + at + 1;
        return session.validationRows().length > 0 && (taken % every == 0 || taken == work.until());
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
        if (teacher.snapshot().isEmpty()) {
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
    private double teach(Work work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        boolean pruning = course.stage().equals(Stage.PRUNE);
        Lesson lesson = pruning ? Lesson.afterCut(config.prune()) : Lesson.recovery(config.recover(), config.prune());
        Optional<RecoverTrainer.Teaching> teacher = Optional.empty();
        if (pruning || config.recover().objective() == RunConfig.Objective.DISTILL) {
            teacher = Optional.of(
                    new RecoverTrainer.Teaching(session.intactForTraining(), Variant.INTACT, Teacher.INTACT.word()));
        }
        RecoverTrainer trainer =
                new RecoverTrainer(small(), teacher, lesson, session.sequences()::batch, session.clock(course.stage()));
        NonFinite nonFinite = new NonFinite();
        for (int i = 0; i < work.steps(); i++) {
            StepMetrics metrics = trainer.step(student, work.slice().firstStep() + i);
            nonFinite.see(metrics);
            if (validates(work, i)) {
                Variant taught = new Variant(new NDList(), student.lora(), student.scale());
                metrics = metrics.withValidation(ValidationLoss.of(small(), taught, session.validationRows()));
            }
            tellTensors();
            reporter.stepped(metrics);
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

    private Student fresh(Work work) throws IOException {
        long seed = session.config().seed() + course.stage().number();
        Optional<MaskLogits> masks = course.model().isEmpty()
                ? Optional.of(startLogits(work.reads().blob(Work.Reads.CALIBRATION), seed))
                : Optional.empty();
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
