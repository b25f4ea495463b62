package dev.espalier.protocol.config;

import dev.espalier.protocol.Stage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run's resolved configuration. The keys, their units and defaults are documented in this module's
 * {@code reference.conf}; {@link RunConfigReader} reads and checks them.
 */
public record RunConfig(
        String name,
        long seed,
        List<Stage> stages,
        Model model,
        Data data,
        Calibrate calibrate,
        Prune prune,
        Recover recover,
        Pretrain pretrain,
        Export export,
        Evaluate evaluate,
        Cluster cluster,
        Checkpoint checkpoint,
        Metrics metrics) {

    /**
     * The run as that stage sees it: a round knows its own target and those before it, none to come. The same where there is
     * one round.
     */
    public RunConfig at(Stage stage) {
        int round = Math.max(1, Rounds.of(stages).number(stage));
        return round >= prune.rounds().size() ? this : reaching(prune.rounds().subList(0, round));
    }

    /** The same run to other {@link Prune#rounds}. */
    public RunConfig reaching(List<Double> rounds) {
        return new RunConfig(
                name,
                seed,
                stages,
                model,
                data,
                calibrate,
                prune.reaching(rounds),
                recover,
                pretrain,
                export,
                evaluate,
                cluster,
                checkpoint,
                metrics);
    }

    public record Model(Path path, String dtype, String device, boolean activationCheckpointing) {}

    /** @param validation its loss is measured now and then during training; may be empty */
    public record Data(List<TextSource> train, List<TextSource> validation, int sequenceLength, Mix mix) {
        /** With the shares that the texts' weights say. */
        public Data(List<TextSource> train, List<TextSource> validation, int sequenceLength) {
            this(train, validation, sequenceLength, Mix.OFF);
        }
    }

    /**
     * How the shares of the training texts follow their losses (docs/methods/mix.md).
     *
     * @param interval training steps between two measurements
     * @param rows sequences of each domain's validation text that are measured
     * @param references losses to reach: none, those of the intact model; one, its; several, what their law says
     * @param parameters of the model that the law is asked for
     * @param stepSize eta: how far a share moves with a gap
     * @param smoothing of the shares towards equal ones
     * @param clamp whether a domain that is better than its reference counts as one that has just reached it
     * @param minShare least share of a domain
     */
    public record Mix(
            MixKind kind,
            int interval,
            int rows,
            List<Reference> references,
            double parameters,
            double stepSize,
            double smoothing,
            boolean clamp,
            double minShare,
            Exhausted exhausted) {
        /** The texts' weights, and nothing is measured. */
        public static final Mix OFF = new Mix(MixKind.OFF, 50, 16, List.of(), 0, 1, 1e-4, false, 0, Exhausted.REPEAT);

        public boolean isOff() {
            return kind == MixKind.OFF;
        }
    }

    public enum MixKind {
        OFF,
        /** Losses are measured, and shares stay. */
        CONSTANT,
        DOREMI,
        BANDIT
    }

    /**
     * A model whose losses are known.
     *
     * @param losses nats per token, in the order of the training texts
     */
    public record Reference(double parameters, List<Double> losses) {}

    /** What becomes of a domain whose sequences were all taken once. */
    public enum Exhausted {
        REPEAT,
        LEAVE_OUT,
        FAIL
    }

    /**
     * @param path a file, a folder or a glob; *.txt is one text, *.jsonl has one text a line
     * @param textField the field of a jsonl line that holds the text
     * @param skipLast leaves out the last so many documents (held out for validation)
     * @param part of the remaining documents
     * @param chats where documents are conversations, which the model's template makes texts of
     */
    public record TextSource(
            String path,
            String textField,
            String domain,
            double weight,
            int skipLast,
            DocumentPart part,
            Optional<Chats> chats) {
        public TextSource(String path, String textField, String domain, double weight, int skipLast) {
            this(path, textField, domain, weight, skipLast, DocumentPart.ALL, Optional.empty());
        }
    }

    /**
     * @param field that holds a conversation's messages
     * @param answersOnly whether only what the assistant says is learnt
     */
    public record Chats(String field, boolean answersOnly) {}

    /**
     * @param tokens calibration tokens, taken from data.train
     * @param damping lambda as a share of the mean diagonal of the Gram matrix
     * @param gradientTokens training tokens whose loss gradients are taken of, for scores that ask for them
     */
    public record Calibrate(int tokens, double damping, int gradientTokens) {
        private static final int GRADIENT_TOKENS = 4096;

        /** With as many tokens for gradients as is usual. */
        public Calibrate(int tokens, double damping) {
            this(tokens, damping, GRADIENT_TOKENS);
        }
    }

    /**
     * @param method one of those that are installed
     * @param target what is asked for
     * @param rounds share of the intact model's prunable parameters that is gone at the end of each round, rising; none until
     *     it is known what the target leads to
     * @param initialiseFrom the metric whose scores masks start from; empty: equal masks
     * @param own settings that only one method reads, by its name
     */
    public record Prune(
            String method,
            Target target,
            List<Double> rounds,
            int steps,
            int batchSize,
            List<Granularity> granularity,
            HeadUnit headUnit,
            Optional<String> initialiseFrom,
            boolean faithful,
            Schedule schedule,
            Curriculum curriculum,
            Lora lora,
            LearningRates learningRate,
            Distillation distillation,
            Gates gates,
            boolean refit,
            Map<String, Object> own) {

        /** What the last round reaches: with {@link RunConfig#at}, that of a stage. */
        public double sparsity() {
            return rounds.get(rounds.size() - 1);
        }

        /** What the last round starts from. */
        public double from() {
            return rounds.size() == 1 ? 0 : rounds.get(rounds.size() - 2);
        }

        /** Whether it is known what the target leads to. Where it is not, nothing is pruned yet. */
        public boolean isResolved() {
            return !rounds.isEmpty();
        }

        private Prune reaching(List<Double> shares) {
            return new Prune(
                    method,
                    target,
                    List.copyOf(shares),
                    steps,
                    batchSize,
                    granularity,
                    headUnit,
                    initialiseFrom,
                    faithful,
                    schedule,
                    curriculum,
                    lora,
                    learningRate,
                    distillation,
                    gates,
                    refit,
                    own);
        }

        /** The settings that only the method of that name reads. */
        public <S> S own(String name, Class<S> type) {
            return type.cast(own.get(name));
        }

        /** Steps under gates; the rest trains the model that is cut then. */
        public int gatedSteps() {
            return Math.max(1, (int) Math.round(gates.hardenAt() * steps));
        }
    }

    public enum Granularity {
        HEADS,
        FFN,
        HIDDEN,
        /** Whole layers. */
        LAYERS,
        /** Sub-blocks of layers: all of an attention, or all of an FFN. */
        BLOCKS
    }

    /** What is pruned of attention: whole KV groups, or query heads (a KV head goes with its last query head). */
    public enum HeadUnit {
        GROUP,
        QUERY
    }

    /** @param warmupSteps steps over which the target rises from 0 to prune.target.sparsity */
    public record Schedule(ScheduleKind kind, int warmupSteps) {}

    public enum ScheduleKind {
        LINEAR,
        CUBIC
    }

    /**
     * @param gap how many snapshots the teacher lags behind the student
     * @param interval distance of the snapshots, in per cent of sparsity
     */
    public record Curriculum(CurriculumKind kind, int gap, int interval) {}

    public enum CurriculumKind {
        NUMEROUS,
        INTACT
    }

    /** @param modules any of q, k, v, o, gate, up, down */
    public record Lora(List<String> modules, int rank, double alpha) {
        /** What the product of the factors is multiplied with. */
        public double scale() {
            return alpha / rank;
        }
    }

    public record LearningRates(double lora, double masks, double multipliers) {}

    /**
     * @param temperature of the KL
     * @param kl weight of the KL (per token, or batchmean when faithful)
     * @param layers weight of the layer-wise loss
     */
    public record Distillation(double temperature, double kl, double layers) {}

    /**
     * How mask logits become gates.
     *
     * @param temperature divides the logits at the first step: lower is less random
     * @param finalTemperature the same at the end
     * @param hardenAt share of prune.steps after which the masks are fixed and the model is cut
     */
    public record Gates(double temperature, double finalTemperature, double hardenAt) {}

    /**
     * @param choices files of questions, for that objective
     * @param lora of no use where all weights are trained
     */
    public record Recover(
            Objective objective,
            List<Path> choices,
            Modules modules,
            int steps,
            int batchSize,
            double learningRate,
            int warmupSteps,
            double temperature,
            Lora lora) {
        /** What is trained over the weights; empty: the weights themselves are. */
        public Optional<Lora> factors() {
            return modules == Modules.LORA ? Optional.of(lora) : Optional.empty();
        }
    }

    /**
     * Training of all weights of what is left.
     *
     * @param embeddings whether embedding and head are trained, too
     * @param distill share of the loss that is the divergence from the intact model; the rest is cross-entropy of the text
     * @param microBatch sequences that go through the model at a time; divides {@code batchSize}
     * @param clip largest global norm of a gradient
     */
    public record Pretrain(
            double distill,
            double temperature,
            boolean embeddings,
            int steps,
            int batchSize,
            int microBatch,
            PretrainConfig.LearningRate rates,
            double weightDecay,
            PretrainConfig.Betas betas,
            double clip) {}

    /** What of a model is trained. */
    public enum Modules {
        LORA,
        ALL_WEIGHTS
    }

    public enum Objective {
        LM,
        DISTILL,
        CHOICES
    }

    /**
     * @param formats {@code hf} and what is made of it
     * @param uniform one shape for all layers, enforced while pruning
     * @param ffnMultiple FFN widths are multiples of this
     * @param dtype f32, f16 or bf16
     * @param ggufDtype the same, q8_0 or {@link #SAME}
     */
    public record Export(List<String> formats, boolean uniform, int ffnMultiple, String dtype, String ggufDtype) {
        public static final String SAME = "same";

        /** Of a format's weights, where it is not that of the model it is made of. */
        public Optional<String> dtypeOf(String format) {
            return format.equals("gguf") && !ggufDtype.equals(SAME) ? Optional.of(ggufDtype) : Optional.empty();
        }
    }

    /**
     * @param latencyRounds how often the speed is measured, if {@code latency} says that it is
     * @param window 0 = 2048 or the model's maximum
     * @param limit 0 = everything
     */
    public record Evaluate(
            List<Path> perplexity, List<Path> choices, boolean latency, int latencyRounds, int window, int limit) {
        /** Rounds of the speed test: 0 if the speed is not to be measured. */
        public int speedRounds() {
            return latency ? latencyRounds : 0;
        }
    }

    /**
     * @param innerSteps training steps per assignment
     * @param maxStaleness versions that may have been made since a result's base
     * @param upload what workers send of the tensors that they trained
     */
    public record Cluster(int innerSteps, int maxStaleness, Outer outer, Upload upload) {}

    /** F32: the student to the bit; BF16: what training changed and the moments, rounded. */
    public enum Upload {
        F32,
        BF16
    }

    /** How results are merged into the student: Nesterov's method over whole assignments. */
    public record Outer(double learningRate, double momentum) {}

    /** @param keep student versions kept for resuming, besides those tagged as teachers */
    public record Checkpoint(int keep) {}

    /** @param tensorboard whether an event file is kept beside metrics.jsonl */
    public record Metrics(boolean tensorboard) {}
}
