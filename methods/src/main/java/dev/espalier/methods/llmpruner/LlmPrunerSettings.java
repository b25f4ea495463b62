package dev.espalier.methods.llmpruner;

/**
 * The keys below {@code prune.llm-pruner}.
 *
 * @param faithful whether it is to go as in the authors' code
 * @param spareFirst as many layers at the beginning lose nothing
 * @param spareLast as many at the end
 */
public record LlmPrunerSettings(
        Importance importance, Grouping grouping, boolean faithful, int spareFirst, int spareLast) {
    /** Whether the layer, of so many, is to lose nothing. */
    public boolean spares(int layer, int layers) {
        return layer < spareFirst || layer >= layers - spareLast;
    }
}
