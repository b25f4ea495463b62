package dev.espalier.worker.gguf;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerAttention;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Rope;
import dev.espalier.worker.gguf.GgufArchitecture.Trait;
import dev.espalier.worker.layout.Placement;
import java.util.ArrayList;
import java.util.List;

/** Whether one of llama.cpp's architectures computes just what a model does. */
record GgufFit(GgufArchitecture architecture, LlamaConfig config, List<Placement> layers) {
    /** Of the rotation of layers with windows; files have no key for it that all of llama.cpp's versions read. */
    private static final double LOCAL_THETA = 10_000;

    /**
     * The first architecture that does.
     *
     * @throws UserError if none does, with what is in the way
     */
    static GgufArchitecture of(LlamaConfig config, List<Placement> layers, boolean byLayer) {
        List<GgufArchitecture> candidates = GgufArchitecture.of(config.family(), byLayer);
        if (candidates.isEmpty()) {
            throw new UserError("gguf holds layers that differ of models with LLaMA's arithmetic alone, and this is a "
                    + config.family().modelType()
                    + " model: take gguf out of the formats; of what hf-padded writes, gguf can be made");
        }
        for (GgufArchitecture candidate : candidates) {
            if (new GgufFit(candidate, config, layers).lacks().isEmpty()) {
                return candidate;
            }
        }
        GgufArchitecture last = candidates.get(candidates.size() - 1);
        throw new UserError("llama.cpp's " + last.word() + " has no place for "
                + String.join(", nor for ", new GgufFit(last, config, layers).lacks())
                + ": take gguf out of the formats");
    }

    private List<String> lacks() {
        List<String> lacks = new ArrayList<>();
        int queries = layers.get(0).queries().size() * config.headDim();
        add(lacks, config.qkvBias() && !architecture.has(Trait.BIASES), "biases of q, k and v");
        add(lacks, config.outputBias() && !architecture.has(Trait.OUTPUT_BIAS), "a bias of o");
        add(
                lacks,
                architecture.has(Trait.HIDDEN_WIDE) && queries != config.hiddenSize(),
                queries + " query channels at a hidden size of " + config.hiddenSize());
        add(lacks, architecture.has(Trait.TIED) && !config.tiedEmbeddings(), "an output head beside the embedding");
        rotations(lacks);
        boolean scores = config.architecture().scoreCap() > 0;
        boolean logits = config.architecture().logitCap() > 0;
        boolean caps = architecture.has(Trait.CAPS);
        add(lacks, caps && !(scores && logits), "scores or logits without a cap");
        add(lacks, !caps && (scores || logits), "caps of scores or logits");
        return lacks;
    }

    private void rotations(List<String> lacks) {
        Rope.Kind kind = config.rope().kind();
        boolean known = kind == Rope.Kind.DEFAULT
                || kind == Rope.Kind.LINEAR
                || (kind == Rope.Kind.LLAMA3 && architecture.has(Trait.ROPE_FACTORS));
        add(lacks, !known, "rope scaling of the kind " + kind);
        add(
                lacks,
                !architecture.pattern().turns(attention(config, layers)),
                "layers that do not turn queries and keys where its own do");
        Rope local = config.architecture().localRope();
        add(
                lacks,
                local != null && (local.kind() != Rope.Kind.DEFAULT || local.theta() != LOCAL_THETA),
                "a rope_local_base_freq other than 10000");
    }

    private static void add(List<String> lacks, boolean has, String what) {
        if (has) {
            lacks.add(what);
        }
    }

    /** Of the layers that are written. */
    static List<LayerAttention> attention(LlamaConfig config, List<Placement> layers) {
        return layers.stream()
                .map(layer -> config.architecture().layers().get(layer.layer()))
                .toList();
    }
}
