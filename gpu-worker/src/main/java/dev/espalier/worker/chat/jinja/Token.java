package dev.espalier.worker.chat.jinja;

/** @param text of {@code STRING} without quotes and escapes; of the others as it stands */
record Token(Kind kind, String text, int line) {
    enum Kind {
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        VARIABLE_BEGIN,
        VARIABLE_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind wanted, String word) {
        return kind == wanted && text.equals(word);
    }

    boolean isOperator(String word) {
        return is(Kind.OPERATOR, word);
    }

    boolean isName(String word) {
        return is(Kind.NAME, word);
    }

    String shown() {
        return kind == Kind.END ? "the end" : "'" + text + "'";
    }
}
