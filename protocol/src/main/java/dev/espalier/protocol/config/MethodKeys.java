package dev.espalier.protocol.config;

import java.util.Set;

/**
 * What a way of pruning reads of a run's configuration, and demands of it.
 *
 * @param <S> its settings, a record
 */
public interface MethodKeys<S> {
    /** Its word in {@code prune.method}. */
    String name();

    /**
     * Reads its own keys, whether it is chosen or not: a file may have settings for several.
     *
     * @param prune the section; keys of its own belong below {@code prune.NAME}, where its reference.conf has them
     */
    S read(StrictConfig prune);

    /**
     * Whether layers that are left are alike even where whole layers or single query heads go: it takes as many heads of
     * each KV group, and leaves nothing of layers that go.
     */
    default boolean evenly() {
        return false;
    }

    /**
     * Whether FFN widths are multiples of {@code export.ffn-multiple} where layers may differ, too; where they are alike,
     * they always are.
     */
    default boolean ffnMultiples() {
        return evenly();
    }

    /** Whether keys of its own say how much goes, so that {@code prune.target} has nothing to say. */
    default boolean decidesHowMuch(RunConfig config) {
        return false;
    }

    /** Those of its keys that scores of the calibrate stage depend on, whichever method reads these: {@code prune.NAME.KEY}. */
    default Set<String> scoring() {
        return Set.of();
    }

    /** Tells what is wrong between keys. Also called where another is chosen. */
    void check(RunConfig config, ConfigProblems problems);
}
