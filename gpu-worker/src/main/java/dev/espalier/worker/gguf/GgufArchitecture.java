package dev.espalier.worker.gguf;

import dev.espalier.worker.checkpoint.Family;
import dev.espalier.worker.checkpoint.LayerAttention.Rotation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** llama.cpp's architectures: which families each computes, and all in which they differ for who writes their files. */
enum GgufArchitecture {
    QWEN2(Set.of(Family.QWEN2), Trait.BIASES),
    /** Knows any number of heads, and so is for models that their own architecture cannot hold, too. */
    LLAMA(Families.LIKE_LLAMA, Trait.INTERLEAVED, Trait.BIASES, Trait.OUTPUT_BIAS, Trait.ROPE_FACTORS),
    /** LLaMA's arithmetic in layers that differ. */
    DECI(Families.LIKE_LLAMA, Trait.BY_LAYER, Trait.INTERLEAVED, Trait.BIASES, Trait.OUTPUT_BIAS, Trait.ROPE_FACTORS),
    GRANITE(
            Set.of(Family.GRANITE),
            Trait.INTERLEAVED,
            Trait.BIASES,
            Trait.OUTPUT_BIAS,
            Trait.ROPE_FACTORS,
            Trait.MULTIPLIERS),
    OLMO2(Set.of(Family.OLMO2), Trait.HIDDEN_WIDE, Trait.UNTIED),
    QWEN3(Set.of(Family.QWEN3)),
    SMOLLM3(Set.of(Family.SMOLLM3), new LayerPattern(4, Rotation.MAIN, Rotation.NONE, false), 0, Trait.INTERLEAVED),
    GEMMA2(Set.of(Family.GEMMA2), new LayerPattern(2, Rotation.MAIN, Rotation.MAIN, true), 46, Trait.CAPS, Trait.TIED),
    GEMMA3(Set.of(Family.GEMMA3), new LayerPattern(6, Rotation.LOCAL, Rotation.MAIN, true), 62, Trait.TIED);

    /** What an architecture has or demands. */
    enum Trait {
        /** It rotates neighbouring channels, and so wants rows of q and k in that order. */
        INTERLEAVED,
        /** Shapes go by layer. */
        BY_LAYER,
        /** Of q, k and v, where a model has some. */
        BIASES,
        OUTPUT_BIAS,
        /** A factor for each frequency, as llama3's scaling needs them. */
        ROPE_FACTORS,
        /** As many query channels as the hidden size has. */
        HIDDEN_WIDE,
        /** The head is a tensor even where it is the embedding. */
        UNTIED,
        /** The head is the embedding. */
        TIED,
        /** Multipliers of embedding, residual stream, scores and logits. */
        MULTIPLIERS,
        /** Caps of scores and logits, always. */
        CAPS
    }

    private static final class Families {
        /** Mistral's and Phi-3's windows are a limit of the context; SmolLM3's layers must all turn queries and keys. */
        static final Set<Family> LIKE_LLAMA =
                Set.of(Family.LLAMA, Family.MISTRAL, Family.QWEN2, Family.PHI3, Family.SMOLLM3);
    }

    private final Set<Family> families;
    private final LayerPattern pattern;
    private final int wideLayers;
    private final Set<Trait> traits;

    GgufArchitecture(Set<Family> families, Trait... traits) {
        this(families, LayerPattern.NONE, 0, traits);
    }

    /** @param wideLayers of a model whose scores llama.cpp scales by the root of hidden size over heads, not of a head's size */
    GgufArchitecture(Set<Family> families, LayerPattern pattern, int wideLayers, Trait... traits) {
        this.families = families;
        this.pattern = pattern;
        this.wideLayers = wideLayers;
        this.traits = Set.of(traits);
    }

    /** Those that may hold a family's models, the best first. @param byLayer whether shapes go by layer */
    static List<GgufArchitecture> of(Family family, boolean byLayer) {
        return Arrays.stream(values())
                .filter(known -> known.families.contains(family) && known.has(Trait.BY_LAYER) == byLayer)
                .toList();
    }

    /** By which llama.cpp knows it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    LayerPattern pattern() {
        return pattern;
    }

    /** The number whose inverse root llama.cpp multiplies scores by, where no multiplier is carried. */
    int scoreSize(int layers, int hiddenSize, int heads, int headDim) {
        return layers == wideLayers ? hiddenSize / heads : headDim;
    }
}
