package dev.espalier.worker.chat.jinja;

import java.util.List;

/** Tokens, one after another; what is expected and does not come is an error with its line. */
final class TokenStream {
    private static final int DEEPEST = 150;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int further) {
        return tokens.get(Math.min(at + further, tokens.size() - 1));
    }

    Token next() {
        Token token = peek();
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    boolean skipOperator(String operator) {
        return skip(peek().isOperator(operator));
    }

    boolean skipName(String name) {
        return skip(peek().isName(name));
    }

    private boolean skip(boolean wanted) {
        if (wanted) {
            next();
        }
        return wanted;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw failure("expected '" + operator + "' instead of " + peek().shown());
        }
    }

    String expectName() {
        if (peek().kind() != Token.Kind.NAME) {
            throw failure("expected a name instead of " + peek().shown());
        }
        return next().text();
    }

    void expect(Token.Kind kind, String shown) {
        if (peek().kind() != kind) {
            throw failure("expected " + shown + " instead of " + peek().shown());
        }
        next();
    }

    /** Parsing goes down with the template, and the stack is bounded. */
    void enter() {
        if (++depth > DEEPEST) {
            throw failure("it is nested more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }

    TemplateException failure(String how) {
        return new TemplateException("line " + peek().line() + ": " + how);
    }
}
