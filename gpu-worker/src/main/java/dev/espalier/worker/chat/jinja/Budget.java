package dev.espalier.worker.chat.jinja;

/** What rendering may take: templates come from anywhere, and one can loop for ever or double a text again and again. */
final class Budget {
    private static final long STEPS = 1_000_000;

    /** Letters that may be looked at for each that may be made. */
    private static final int LOOKS = 64;

    private static final int DEPTH = 100;

    private final long mostCharacters;
    private long steps;
    private long characters;
    private long looks;
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

    /** Letters that are looked at, of which nothing is made. */
    void look(long letters) {
        looks += letters;
        if (looks > LOOKS * mostCharacters) {
            throw new TemplateException("it compares more than " + LOOKS * mostCharacters + " characters");
        }
    }

    /** As {@link #look(long)}: what is sought may be compared from every place of the text. */
    void seek(String text, String sought) {
        look((long) text.length() * Math.max(1, sought.length()));
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
