package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Where a template writes to, and which parts of it stood between generation and endgeneration. */
final class Output {
    private final StringBuilder text = new StringBuilder();
    private final List<Rendered.Span> generated = new ArrayList<>();

    void write(String more, Budget budget) {
        budget.make(more.length());
        text.append(more);
    }

    int length() {
        return text.length();
    }

    void generatedFrom(int start) {
        generated.add(new Rendered.Span(start, text.length()));
    }

    String text() {
        return text.toString();
    }

    List<Rendered.Span> generated() {
        return List.copyOf(generated);
    }
}
