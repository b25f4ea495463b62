package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Jinja's statements, those of transformers among them: generation, break and continue. */
final class Parser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    /** Macros and captured texts that are open: what is written there has no place in the whole yet. */
    private int apart;

    Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    Statement template() {
        Statement body = body(Set.of());
        tokens.expect(Token.Kind.END, "the end");
        return body;
    }

    /** Up to a block that begins with one of these words, which is left where its word is. */
    private Statement body(Set<String> ends) {
        tokens.enter();
        List<Statement> statements = new ArrayList<>();
        while (tokens.peek().kind() != Token.Kind.END) {
            Token token = tokens.next();
            if (token.kind() == Token.Kind.DATA) {
                String text = token.text();
                statements.add(writing(frame -> text));
            } else if (token.kind() == Token.Kind.VARIABLE_BEGIN) {
                statements.add(writing(expressions.tuple()));
                tokens.expect(Token.Kind.VARIABLE_END, "'}}'");
            } else if (ends.contains(tokens.peek().text())) {
                tokens.leave();
                return new Sequence(statements);
            } else {
                statements.add(block());
            }
        }
        if (!ends.isEmpty()) {
            throw tokens.failure("expected " + String.join(" or ", ends) + " before the end");
        }
        tokens.leave();
        return new Sequence(statements);
    }

    private record Sequence(List<Statement> statements) implements Statement {
        @Override
        public Flow run(Frame frame) {
            for (Statement statement : statements) {
                frame.budget().step();
                Flow flow = statement.run(frame);
                if (flow != Flow.ON) {
                    return flow;
                }
            }
            return Flow.ON;
        }
    }

    private static Statement writing(Expression value) {
        return frame -> {
            frame.out().write(Values.text(value.value(frame), frame.budget()), frame.budget());
            return Statement.Flow.ON;
        };
    }

    private void endBlock() {
        tokens.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    private Statement block() {
        int line = tokens.peek().line();
        String word = tokens.expectName();
        Statement statement =
                switch (word) {
                    case "if" -> condition();
                    case "for" -> loop();
                    case "set" -> assignment();
                    case "macro" -> macro();
                    case "generation" -> generation();
                    case "break" -> jump(Statement.Flow.BREAK);
                    case "continue" -> jump(Statement.Flow.CONTINUE);
                    default ->
                        throw new TemplateException("line " + line + ": the block '" + word
                                + "' is not known, or stands in the wrong place");
                };
        return frame -> {
            try {
                return statement.run(frame);
            } catch (TemplateException e) {
                throw e.getMessage().startsWith("line ")
                        ? e
                        : new TemplateException("line " + line + ": " + e.getMessage());
            }
        };
    }

    private Statement jump(Statement.Flow flow) {
        if (loops == 0) {
            throw tokens.failure("there is no loop to leave");
        }
        endBlock();
        return frame -> flow;
    }

    private Statement condition() {
        Expression condition = expressions.tuple();
        endBlock();
        Statement then = body(Set.of("elif", "else", "endif"));
        Statement otherwise;
        if (tokens.skipName("elif")) {
            tokens.enter();
            otherwise = condition();
            tokens.leave();
        } else if (tokens.skipName("else")) {
            endBlock();
            otherwise = body(Set.of("endif"));
            tokens.next();
            endBlock();
        } else {
            tokens.next();
            endBlock();
            otherwise = frame -> Statement.Flow.ON;
        }
        return frame -> Values.truth(condition.value(frame)) ? then.run(frame) : otherwise.run(frame);
    }

    private Statement loop() {
        List<String> names = names();
        if (!tokens.skipName("in")) {
            throw tokens.failure("expected 'in' instead of " + tokens.peek().shown());
        }
        Expression over = iterated();
        Expression filter = tokens.skipName("if") ? expressions.expression() : frame -> true;
        endBlock();
        loops++;
        Statement body = body(Set.of("else", "endfor"));
        loops--;
        Statement otherwise = frame -> Statement.Flow.ON;
        if (tokens.skipName("else")) {
            endBlock();
            otherwise = body(Set.of("endfor"));
        }
        tokens.next();
        endBlock();
        return new Loop(names, over, filter, body, otherwise);
    }

    private Expression iterated() {
        Expression first = expressions.or();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")) {
            items.add(expressions.or());
        }
        return frame -> {
            List<Object> values = new ArrayList<>();
            items.forEach(item -> values.add(item.value(frame)));
            return values;
        };
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        boolean bracket = tokens.skipOperator("(");
        do {
            names.add(tokens.expectName());
        } while (tokens.skipOperator(","));
        if (bracket) {
            tokens.expectOperator(")");
        }
        return names;
    }

    private Statement assignment() {
        if (tokens.peek(1).isOperator(".")) {
            String of = tokens.expectName();
            tokens.next();
            String name = tokens.expectName();
            tokens.expectOperator("=");
            Expression value = expressions.tuple();
            endBlock();
            return frame -> {
                if (!(frame.get(of) instanceof Namespace namespace)) {
                    throw new TemplateException("'" + of + "' is no namespace, and only those can be changed");
                }
                namespace.names().put(name, value.value(frame));
                return Statement.Flow.ON;
            };
        }
        List<String> names = names();
        if (tokens.skipOperator("=")) {
            Expression value = expressions.tuple();
            endBlock();
            return frame -> {
                Loop.assign(frame, names, value.value(frame));
                return Statement.Flow.ON;
            };
        }
        Expression captured = captured(names.get(0));
        return frame -> {
            frame.set(names.get(0), captured.value(frame));
            return Statement.Flow.ON;
        };
    }

    /** The text between set and endset, through the filters that follow the name. */
    private Expression captured(String name) {
        String inside = " " + name;
        Expression value = frame -> frame.get(inside);
        while (tokens.skipOperator("|")) {
            value = expressions.filter(value);
        }
        endBlock();
        apart++;
        Statement body = body(Set.of("endset"));
        apart--;
        tokens.next();
        endBlock();
        Expression filtered = value;
        return frame -> {
            Output out = new Output();
            body.run(frame.into(out));
            Frame inner = frame.inner();
            inner.set(inside, out.text());
            return filtered.value(inner);
        };
    }

    private Statement macro() {
        String name = tokens.expectName();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            String parameter = tokens.expectName();
            parameters.add(parameter);
            defaults.add(tokens.skipOperator("=") ? expressions.expression() : frame -> new Undefined(parameter));
            if (!tokens.peek().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        endBlock();
        int outer = loops;
        loops = 0;
        apart++;
        Statement body = body(Set.of("endmacro"));
        apart--;
        loops = outer;
        tokens.next();
        if (tokens.peek().kind() == Token.Kind.NAME) {
            tokens.next();
        }
        endBlock();
        return frame -> {
            frame.set(name, new Macro(name, parameters, defaults, body, frame));
            return Statement.Flow.ON;
        };
    }

    private Statement generation() {
        if (apart > 0) {
            throw tokens.failure("generation stands in a macro or in set, so that its place in the text is not known");
        }
        endBlock();
        Statement body = body(Set.of("endgeneration"));
        tokens.next();
        endBlock();
        return frame -> {
            int start = frame.out().length();
            // as in transformers, where it is a block that is called: what is set in it does not leave it
            Statement.Flow flow = body.run(frame.inner());
            frame.out().generatedFrom(start);
            return flow;
        };
    }
}
