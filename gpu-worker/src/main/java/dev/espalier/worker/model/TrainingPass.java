package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A student's pass over a batch and back: losses, and gradients of what is laid over the model and of its own weights.
 *
 * @param model of the student
 */
public record TrainingPass(Decoder model) {

    /**
     * What the student learns from: see {@link #distil}.
     *
     * @param at the positions [N] whose KL counts; empty: all
     */
    public record Distillation(
            double temperature, double kl, double layers, boolean normalisedLayers, Optional<NDArray> at) {
        public Distillation(double temperature, double kl, double layers, boolean normalisedLayers) {
            this(temperature, kl, layers, normalisedLayers, Optional.empty());
        }
    }

    /**
     * The text itself as a teacher beside another.
     *
     * @param next the tokens that follow [T], -100 where nothing is to be predicted; empty if the weight is 0
     * @param weight of their cross-entropy
     */
    public record Labels(NDArray next, double weight) {}

    /**
     * Questions to choose the right continuations of.
     *
     * @param ids a row for each choice, query and choice, padded at the end [B,S]
     * @param at the tokens, counted over [B*S], after which a choice's tokens are to come [N]; @param labels which [N]
     * @param of whose they are, counted over [questions * most choices] [N]
     * @param absent 1 where a question has fewer choices, else 0 [questions, most choices]
     * @param gold the right choices [questions]
     */
    public record Choosing(NDArray ids, NDArray at, NDArray labels, NDArray of, NDArray absent, NDArray gold) {}

    /**
     * A step's outcome.
     *
     * @param losses scalars: [kl, layers, cross-entropy], [cross-entropy] or [loss of choices, share that is right]
     * @param forward how long the forward pass took, as far as the device was waited for
     * @param lora gradients like the variant's factors; @param masks like its masks
     * @param weights gradients like the decoder's weights, then embedding, norm, head; empty if not asked for
     */
    public record Step(List<NDArray> losses, Duration forward, NDList lora, NDList masks, NDList weights) {
        static Step of(NDList out, int losses, Variant variant) {
            int lora = losses + 1 + variant.lora().size();
            int masks = lora + variant.masks().size();
            return new Step(
                    new ArrayList<>(out.subList(0, losses)),
                    Duration.ofNanos(out.get(losses).getLong()),
                    new NDList(out.subList(losses + 1, lora)),
                    new NDList(out.subList(lora, masks)),
                    new NDList(out.subList(masks, out.size())));
        }
    }

    /** {@link #distil} without the text itself: the third loss is 0. */
    public Step distil(
            NDManager scope,
            NDArray ids,
            Variant student,
            NDList teacher,
            NDArray teacherHead,
            Distillation loss,
            Gradients own) {
        Labels none = new Labels(model.torch().empty(scope), 0);
        return distil(scope, ids, student, teacher, teacherHead, loss, none, own);
    }

    /**
     * Over {@code ids} [B,S], with the gradient of kl * KL + layers * layer loss + weight * cross-entropy of the text; KL is per token,
     * times the temperature squared.
     *
     * @param teacher what {@link Decoder#hiddenStates} returned for the teacher; @param teacherHead its output embedding
     */
    public Step distil(
            NDManager scope,
            NDArray ids,
            Variant student,
            NDList teacher,
            NDArray teacherHead,
            Distillation loss,
            Labels text,
            Gradients own) {
        List<Object> losses = List.of(
                teacher,
                teacherHead,
                loss.temperature(),
                loss.kl(),
                loss.layers(),
                loss.normalisedLayers(),
                text.next(),
                text.weight(),
                loss.at().isPresent(),
                loss.at().orElseGet(() -> model.torch().empty(scope)),
                model.chunk(),
                architecture().logitCap(),
                squared(architecture().embeddingScale(), loss),
                squared(architecture().logitScale(), loss));
        return Step.of(called(scope, "distill_step", List.of(ids), student, own, losses), 3, student);
    }

    /** What squares of a stream grow by that is kept divided by {@code scale}; a normalised loss does not see it. */
    private static double squared(double scale, Distillation loss) {
        return loss.normalisedLayers() ? 1 : scale * scale;
    }

    /** With the cross-entropy of {@code labels} [T]. */
    public Step language(NDManager scope, NDArray ids, NDArray labels, Variant student, Gradients own) {
        List<Object> chunks = List.of(model.chunk(), architecture().logitCap());
        return Step.of(called(scope, "language_step", List.of(ids, labels), student, own, chunks), 1, student);
    }

    /**
     * With the cross-entropy of the right choices among the choices, by their summed log-probabilities; its losses are
     * [that, the share of questions whose likeliest choice is the right one].
     */
    public Step choices(NDManager scope, Choosing questions, Variant student, Gradients own) {
        List<Object> asked = List.of(
                questions.ids(),
                questions.at(),
                questions.labels(),
                questions.of(),
                questions.absent(),
                questions.gold());
        List<Object> chunks = List.of(model.chunk(), architecture().logitCap());
        return Step.of(called(scope, "choice_step", asked, student, own, chunks), 2, student);
    }

    /** The losses of {@link #choices} without gradients, by the forward pass alone. */
    public NDList choiceLosses(NDManager scope, Choosing questions, Variant student) {
        NDArray scores = model.torch()
                .tensor(
                        scope,
                        "choice_scores",
                        model.hiddenStates(scope, questions.ids(), student, false)
                                .get(0),
                        model.head(),
                        questions.at(),
                        questions.labels(),
                        questions.of(),
                        questions.absent(),
                        model.chunk(),
                        model.config().architecture().logitCap());
        return new NDList(model.torch()
                .call(scope, "choice_loss", scores, questions.gold())
                .subList(0, 2));
    }

    /** A kernel of a step, which takes the model and the student after the batch and before what is asked of them. */
    private NDList called(
            NDManager scope, String kernel, List<Object> batch, Variant student, Gradients own, List<Object> asked) {
        LlamaConfig config = model.config();
        List<Object> ofStudent = List.of(
                model.embedding(),
                model.norm(),
                model.head(),
                config.tiedEmbeddings(),
                model.rope(),
                model.weights(),
                student.lora(),
                student.scale(),
                student.masks(),
                config.headDim(),
                config.normEps(),
                model.recomputes(),
                own != Gradients.NONE,
                own == Gradients.ALL);
        return model.torch()
                .call(
                        scope,
                        kernel,
                        Stream.of(batch, ofStudent, asked).flatMap(List::stream).toArray());
    }

    private Architecture architecture() {
        return model.config().architecture();
    }
}
