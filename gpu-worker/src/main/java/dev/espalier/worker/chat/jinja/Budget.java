package dev.espalier.worker.chat.jinja;

/** What rendering may take: templates come from anywhere, and one can loop for ever or double a text again and again. */
final class Budget {
    private static final long STEPS = 1_000_000;
    private static final int DEPTH = 100;

    private final long mostCharacters;
    private long steps;
    private long characters;
    private int depth;

    Budget(long mostCharacters) {
        this.mostCharacters = mostCharacters;
    }

    void step() {
        if (++steps > STEPS) {
            throw new TemplateException("it takes more than " + STEPS + " steps");
        }
    }

    /** Text or elements that are made, whether they are written or not. */
    void make(long length) {
        characters += length;
        if (characters > mostCharacters) {
            throw new TemplateException("it makes more than " + mostCharacters + " characters");
        }
    }

    void enter() {
        if (++depth > DEPTH) {
            throw new TemplateException("its macros are nested more than " + DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
