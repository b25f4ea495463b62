package dev.espalier.worker.chat.jinja;

import java.util.List;

/**
 * What a template made.
 *
 * @param generated the parts that the template says a model writes, in order; empty if it says nothing of it
 */
public record Rendered(String text, List<Span> generated) {
    /** Characters {@code from} to {@code to - 1} of a text. */
    public record Span(int from, int to) {}
}
