package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.evaluation.LearntQuestions;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.SmallModel;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.Trainer;
import dev.espalier.worker.training.Tuning;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slices of training on the physically smaller model, which this holds open: LoRA over it, or all of its weights; on text or on
 * questions.
 */
public final class SmallModelTrainer implements Trainer<Tuning> {
    private static final Logger LOG = LoggerFactory.getLogger(SmallModelTrainer.class);
    private static final String INTACT = "intact";
    private static final double MAX_NORM = 1;

    /** As large models are trained: gradients of a thousand steps ago, which 0.999 remembers, say little of a few hundred. */
    private static final AdamW.Settings ADAM = new AdamW.Settings(0.9, 0.95, 1e-8, 0);

    /** Adam would move the rows of words that the text hardly has as far as all others. */
    private static final boolean WORDS = false;

    private final Bench bench;
    private final Stage stage;
    private final Lesson lesson;
    private final Optional<RunConfig.Lora> lora;
    private final boolean distils;
    private final Optional<LearntQuestions> questions;
    private final SmallModel model;

    private SmallModelTrainer(
            Bench bench,
            Stage stage,
            Lesson lesson,
            Optional<RunConfig.Lora> lora,
            boolean distils,
            Optional<LearntQuestions> questions,
            SmallModel model) {
        this.bench = bench;
        this.stage = stage;
        this.lesson = lesson;
        this.lora = lora;
        this.distils = distils;
        this.questions = questions;
        this.model = model;
    }

    /**
     * @param first names the smaller model
     * @param lora empty: all weights are trained
     * @param distils whether the intact model teaches; otherwise the text does
     */
    public static SmallModelTrainer open(
            Bench bench, Assignment first, Lesson lesson, Optional<RunConfig.Lora> lora, boolean distils)
            throws IOException {
        return open(bench, first, lesson, lora, distils, List.of());
    }

    /** As the other, towards the right choices of files of questions in place of a text. */
    public static SmallModelTrainer open(
            Bench bench, Assignment first, Lesson lesson, Optional<RunConfig.Lora> lora, List<Path> choices)
            throws IOException {
        return open(bench, first, lesson, lora, false, choices);
    }

    private static SmallModelTrainer open(
            Bench bench,
            Assignment first,
            Lesson lesson,
            Optional<RunConfig.Lora> lora,
            boolean distils,
            List<Path> choices)
            throws IOException {
        Optional<LearntQuestions> questions =
                choices.isEmpty() ? Optional.empty() : Optional.of(questions(bench, choices));
        int longest = questions.map(LearntQuestions::longest).orElse(0);
        SmallModel model = SmallModel.open(
                bench,
                first,
                folder -> lora.isPresent()
                        ? bench.load(folder, bench.trainingPrecision(), longest)
                        : bench.loadToTrain(folder, longest));
        return new SmallModelTrainer(bench, first.key().stage(), lesson, lora, distils, questions, model);
    }

    /** Up to the length that the model takes, as they were judged before the run. */
    private static LearntQuestions questions(Bench bench, List<Path> files) {
        try (Tokenizer tokenizer = bench.folder().openTokenizer()) {
            LearntQuestions questions = LearntQuestions.read(
                    files,
                    tokenizer,
                    bench.folder().config().maxPositions(),
                    bench.config().seed());
            questions.shortened().ifPresent(LOG::warn);
            return questions;
        }
    }

    /** Questions are of a step's number, wherever the text is. */
    @Override
    public int[][] rows(Bench from, Cursor at) {
        return questions.isPresent() ? new int[0][] : Trainer.super.rows(from, at);
    }

    @Override
    public Decoder model() {
        return model.decoder();
    }

    @Override
    public int batchSize() {
        return lesson.batchSize();
    }

    @Override
    public Tuning fresh(Work work) {
        Decoder decoder = model.fresh();
        return lora.isPresent() ? Lora.fresh(decoder, lora.get(), bench.seed(stage)) : allWeights();
    }

    @Override
    public Tuning like(StudentFile version) {
        return lora.isPresent() ? Lora.like(version, model.decoder(), lora.get().scale()) : allWeights();
    }

    private AllWeights allWeights() {
        return new AllWeights(model.toTrain(), ADAM, MAX_NORM, WORDS);
    }

    @Override
    public Steps<Tuning> begin(NDManager scope, Work work) {
        Optional<RecoverTrainer.Teaching> teacher = distils
                ? Optional.of(new RecoverTrainer.Teaching(bench.intactForTraining(), Variant.INTACT, INTACT))
                : Optional.empty();
        RecoverTrainer ofText = new RecoverTrainer(model.decoder(), teacher, lesson, bench.clock(stage));
        Optional<ChoiceTrainer> ofQuestions =
                questions.map(some -> new ChoiceTrainer(model.decoder(), some, lesson, bench.clock(stage)));
        return new Steps<>() {
            @Override
            public StepMetrics step(Tuning student, int step, int[][] rows) {
                return ofQuestions
                        .map(trainer -> trainer.step(student, step))
                        .orElseGet(() -> ofText.step(student, step, rows));
            }

            @Override
            public Variant shown(NDManager temporary, Tuning student, StepMetrics last) {
                return student.variant();
            }
        };
    }

    @Override
    public void close() {
        model.close();
    }
}
