package dev.espalier.worker.data;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * A text to learn from.
 *
 * @param learnt the parts that are; empty: all of it. The rest is only read
 */
public record Document(String text, Optional<List<Span>> learnt) {
    /** Characters {@code from} to {@code to - 1}. */
    public record Span(int from, int to) {}

    /** What is learnt, by the places of code points, which tokenizers count. */
    BitSet learntCodePoints() {
        BitSet learnt = new BitSet();
        learntParts()
                .forEach(span -> learnt.set(text.codePointCount(0, span.from()), text.codePointCount(0, span.to())));
        return learnt;
    }

    private List<Span> learntParts() {
        return learnt.orElseGet(() -> List.of(new Span(0, text.length())));
    }

    /** All of it is learnt. */
    public static Document of(String text) {
        return new Document(text, Optional.empty());
    }
}
