package dev.espalier.cli.plan;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Precision;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Memory that each stage takes on a processor, by arithmetic from shapes alone: what {@code plan} measures with a probe, for
 * models that are not at hand. Of the stages as they are usually configured: the closed form scores FFN channels, gates prune them, the
 * intact model teaches. {@code StageMemoryTest} holds it against what runs took.
 *
 * @param stage its word
 * @param own bytes that are of no file
 * @param mapped bytes of weights that are computed with where their file is mapped: the system can drop and read them again,
 *     which takes long
 */
public record StageMemory(String stage, long own, long mapped) {
    /**
     * Java, libtorch with its caches, tokenizer, journal, where texts are small: tokens of large ones let Java's heap grow, up to the
     * launcher's 2 GiB.
     */
    private static final long PROCESS = 360L << 20;

    private static final long FLOAT = Float.BYTES;

    /** Gram matrix, damped copy, Cholesky factor and inverse of the closed form. */
    private static final long GRAMS = 4;

    /** Tokens of calibration text that go through a layer at once. */
    private static final int CHUNK = 2048;

    /** Of a LoRA factor: itself, its gradient, its two moments. */
    private static final long TRAINED = 4;

    /** Prompt of the speed test, which is the longest that most evaluations have at once. */
    private static final int PROMPT = 2048;

    /** Logits that are held at a time, those of student and teacher, and their gradients. */
    private static final long LOGITS = 4 * (48L << 20);

    public long bytes() {
        return own + mapped;
    }

    /**
     * What a run does, as far as memory depends on it.
     *
     * @param dtype of the projections in training
     * @param allWeights whether recovery trains all of them
     * @param rank of LoRA
     * @param tokens of a training step
     * @param calibration tokens of calibration text
     * @param speeds whether the evaluation measures both models in turn, the smaller one as it was cut, in float32
     * @param exportsFloats whether the exported weights are float32, which is mapped when it is read again
     */
    public record Work(
            Precision dtype,
            boolean allWeights,
            int rank,
            int tokens,
            int calibration,
            boolean speeds,
            boolean exportsFloats) {
        /** As {@code init} configures it: LoRA of rank 64, 4 x 128 tokens a step, 49152 of calibration, float32 exported. */
        static Work usual(Precision dtype, boolean allWeights) {
            return new Work(dtype, allWeights, 64, 512, 49_152, true, true);
        }
    }

    /**
     * The model with as many FFN channels less as make that share of its prunable parameters, or with none where that is more
     * than all of them.
     */
    public static LlamaConfig thinned(LlamaConfig model, double sparsity) {
        List<LayerShape> layers = model.layers().stream()
                .map(layer -> {
                    double attention = 2.0 * model.headDim() * (layer.queryHeads() + layer.kvHeads());
                    double gone = sparsity * (attention / 3 + layer.intermediate());
                    int left = (int) Math.max(0, layer.intermediate() - gone);
                    return new LayerShape(layer.queryHeads(), layer.kvHeads(), left, layer.kvMap());
                })
                .toList();
        return model.withShapes(model.hiddenSize(), layers);
    }

    /**
     * Of each stage, in their order.
     *
     * @param intact stored in 16 bits, as nearly all are: float32 would stay mapped where it is computed with
     * @param smaller what pruning leaves of it
     * @return in bytes, of calibrate, prune, recover, export and evaluate
     */
    public static List<StageMemory> of(LlamaConfig intact, LlamaConfig smaller, Work work) {
        Model large = new Model(intact);
        Model small = new Model(smaller);
        long walk = large.words()
                + large.layer()
                + large.stream(work.calibration())
                + large.algebra()
                + large.forward(Math.min(CHUNK, work.calibration()));
        long training = large.words() + large.projections(work.dtype());
        StageMemory gates = own("prune", training + large.factors(work.rank()) + large.kept(work.tokens()));
        StageMemory cut = own("prune", walk + large.gram() + large.factors(work.rank()) / TRAINED);
        StageMemory lora = own("recover", training + small.factors(work.rank()) + small.kept(work.tokens()))
                .and(small.words(), true)
                .and(small.projections(work.dtype()), work.dtype() == Precision.F32);
        StageMemory weights = own(
                "recover",
                training + small.words() + TRAINED * small.projections(Precision.F32) + small.kept(work.tokens()));
        StageMemory read = work.allWeights()
                ? own("export", small.all())
                : own("export", small.factors(work.rank()) / TRAINED).and(small.all(), true);
        StageMemory measured = own("evaluate", large.all() + large.forward(PROMPT));
        return List.of(
                own("calibrate", walk),
                Stream.of(gates, cut, lora.named("prune"))
                        .max(Comparator.comparingLong(StageMemory::bytes))
                        .get(),
                work.allWeights() ? weights : lora,
                read.and(small.all(), work.exportsFloats()),
                measured.and(work.speeds() ? small.all() : 0, true));
    }

    private static StageMemory own(String stage, long bytes) {
        return new StageMemory(stage, PROCESS + bytes, 0);
    }

    private StageMemory named(String other) {
        return new StageMemory(other, own, mapped);
    }

    private StageMemory and(long bytes, boolean inFile) {
        return inFile ? new StageMemory(stage, own, mapped + bytes) : new StageMemory(stage, own + bytes, mapped);
    }

    /** Bytes of a model's parts. */
    private record Model(LlamaConfig config) {
        long elements() {
            return config.layers().stream().mapToLong(this::elements).sum();
        }

        private long elements(LayerShape layer) {
            return config.hiddenSize()
                    * (2L * config.headDim() * (layer.queryHeads() + layer.kvHeads()) + 3L * layer.intermediate());
        }

        /** Embedding and head; norms are nothing beside them. */
        long words() {
            return (config.tiedEmbeddings() ? 1L : 2L) * FLOAT * config.vocabularySize() * config.hiddenSize();
        }

        long projections(Precision precision) {
            return elements() * precision.bytes();
        }

        long all() {
            return words() + projections(Precision.F32);
        }

        /** The largest in float32. */
        long layer() {
            return FLOAT
                    * config.layers().stream().mapToLong(this::elements).max().orElse(0);
        }

        /** The residual stream of all calibration tokens, before and after a sub-block. */
        long stream(int tokens) {
            return 2L * FLOAT * tokens * config.hiddenSize();
        }

        private long widest() {
            return config.layers().stream()
                    .mapToLong(LayerShape::intermediate)
                    .max()
                    .orElse(0);
        }

        /** In float64; the cut has a second one, of held-out text. */
        long gram() {
            return Double.BYTES * widest() * widest();
        }

        long algebra() {
            return GRAMS * gram();
        }

        /** Tokens within an FFN: gate, up, their product; the stream with its copies. */
        long forward(int tokens) {
            return FLOAT * tokens * (3 * widest() + 4L * config.hiddenSize());
        }

        /** LoRA on all projections, as it is trained. */
        long factors(int rank) {
            long sides = config.layers().stream()
                    .mapToLong(layer -> 4L * config.hiddenSize()
                            + 2L * config.headDim() * (layer.queryHeads() + layer.kvHeads())
                            + 3L * (config.hiddenSize() + layer.intermediate()))
                    .sum();
            return TRAINED * FLOAT * rank * sides;
        }

        /** What a step keeps of its forward pass, with the teacher's hidden states and the logits of a piece of it. */
        long kept(int tokens) {
            long floats = config.layers().stream()
                    .mapToLong(layer -> 3L * config.hiddenSize()
                            + 2L * config.headDim() * (layer.queryHeads() + layer.kvHeads())
                            + 2L * layer.intermediate())
                    .sum();
            return FLOAT * tokens * floats + 2 * forward(tokens) + LOGITS;
        }
    }
}
