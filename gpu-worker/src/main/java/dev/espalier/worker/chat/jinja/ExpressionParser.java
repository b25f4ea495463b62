package dev.espalier.worker.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** Jinja's expressions, in its order of precedence. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** One, or several with commas between them, which are a list. */
    Expression tuple() {
        Expression first = expression();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")) {
            Token.Kind kind = tokens.peek().kind();
            if (kind == Token.Kind.BLOCK_END || kind == Token.Kind.VARIABLE_END) {
                break;
            }
            items.add(expression());
        }
        return list(items);
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        while (tokens.skipName("if")) {
            Expression then = value;
            Expression condition = or();
            Expression otherwise =
                    tokens.skipName("else") ? expression() : frame -> new Undefined("the value of an if");
            value = frame -> Values.truth(condition.value(frame)) ? then.value(frame) : otherwise.value(frame);
        }
        tokens.leave();
        return value;
    }

    /** Without if, which belongs to the loop that it stands in. */
    Expression or() {
        Expression left = and();
        while (tokens.skipName("or")) {
            Expression first = left;
            Expression second = and();
            left = frame -> {
                Object value = first.value(frame);
                return Values.truth(value) ? value : second.value(frame);
            };
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.skipName("and")) {
            Expression first = left;
            Expression second = not();
            left = frame -> {
                Object value = first.value(frame);
                return Values.truth(value) ? second.value(frame) : value;
            };
        }
        return left;
    }

    private Expression not() {
        if (tokens.skipName("not")) {
            tokens.enter();
            Expression value = not();
            tokens.leave();
            return frame -> !Values.truth(value.value(frame));
        }
        return comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression> operands = new ArrayList<>(List.of(first));
        List<String> operators = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                operators.add(tokens.next().text());
            } else if (tokens.skipName("in")) {
                operators.add("in");
            } else if (token.isName("not") && tokens.peek(1).isName("in")) {
                tokens.next();
                tokens.next();
                operators.add("not in");
            } else {
                break;
            }
            operands.add(sum());
        }
        return operators.isEmpty() ? first : frame -> compared(operands, operators, frame);
    }

    private static boolean compared(List<Expression> operands, List<String> operators, Frame frame) {
        Object left = operands.get(0).value(frame);
        for (int i = 0; i < operators.size(); i++) {
            Object right = operands.get(i + 1).value(frame);
            if (!Values.compared(left, operators.get(i), right, frame.budget())) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Expression sum() {
        Expression left = concatenation();
        while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
            left = binary(left, tokens.next().text(), concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (tokens.skipOperator("~")) {
            Expression first = left;
            Expression second = product();
            left = frame -> {
                String text = Values.text(first.value(frame), frame.budget())
                        + Values.text(second.value(frame), frame.budget());
                frame.budget().make(text.length());
                return text;
            };
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (List.of("*", "/", "//", "%").stream().anyMatch(tokens.peek()::isOperator)) {
            left = binary(left, tokens.next().text(), power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.skipOperator("**")) {
            left = binary(left, "**", unary(true));
        }
        return left;
    }

    private static Expression binary(Expression left, String operator, Expression right) {
        return frame -> {
            frame.budget().step();
            return Arithmetic.of(left.value(frame), operator, right.value(frame), frame.budget());
        };
    }

    private Expression unary(boolean filters) {
        tokens.enter();
        Expression value;
        if (tokens.skipOperator("-")) {
            Expression inner = unary(false);
            value = frame -> Arithmetic.negative(inner.value(frame));
        } else if (tokens.skipOperator("+")) {
            value = unary(false);
        } else {
            value = postfix(primary());
        }
        tokens.leave();
        return filters ? filtered(value) : value;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case STRING -> string(token);
            case INTEGER -> integer(token);
            case FLOAT -> {
                double number = Double.parseDouble(token.text());
                yield frame -> number;
            }
            case NAME -> name(token.text());
            case OPERATOR -> bracket(token);
            default -> throw tokens.failure("expected a value instead of " + token.shown());
        };
    }

    private Expression string(Token token) {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.peek().kind() == Token.Kind.STRING) {
            text.append(tokens.next().text());
        }
        String whole = text.toString();
        return frame -> whole;
    }

    private Expression integer(Token token) {
        BigInteger number = new BigInteger(token.text());
        if (number.bitLength() >= Long.SIZE) {
            throw tokens.failure("the number " + token.text() + " is too large");
        }
        long value = number.longValue();
        return frame -> value;
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> frame -> true;
            case "false", "False" -> frame -> false;
            case "none", "None" -> frame -> null;
            default -> frame -> frame.get(name);
        };
    }

    private Expression bracket(Token token) {
        return switch (token.text()) {
            case "(" -> {
                if (tokens.skipOperator(")")) {
                    yield list(List.of());
                }
                Expression first = expression();
                if (tokens.skipOperator(")")) {
                    yield first;
                }
                tokens.expectOperator(",");
                List<Expression> items = items(")");
                items.add(0, first);
                yield list(items);
            }
            case "[" -> list(items("]"));
            case "{" -> map();
            default -> throw tokens.failure("expected a value instead of " + token.shown());
        };
    }

    /** Up to a closing bracket. */
    private List<Expression> items(String end) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.skipOperator(end)) {
            items.add(expression());
            if (!tokens.peek().isOperator(end)) {
                tokens.expectOperator(",");
            }
        }
        return items;
    }

    private static Expression list(List<Expression> items) {
        return frame -> {
            frame.budget().make(items.size());
            List<Object> values = new ArrayList<>();
            items.forEach(item -> values.add(item.value(frame)));
            return values;
        };
    }

    private Expression map() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!tokens.skipOperator("}")) {
            Expression key = expression();
            tokens.expectOperator(":");
            entries.put(key, expression());
            if (!tokens.peek().isOperator("}")) {
                tokens.expectOperator(",");
            }
        }
        return frame -> {
            frame.budget().make(entries.size());
            Map<Object, Object> values = new LinkedHashMap<>();
            entries.forEach((key, value) -> values.put(Values.key(key.value(frame)), value.value(frame)));
            return values;
        };
    }

    private Expression postfix(Expression begun) {
        Expression value = begun;
        while (true) {
            if (tokens.skipOperator(".")) {
                value = attribute(value);
            } else if (tokens.skipOperator("[")) {
                value = subscript(value);
            } else if (tokens.peek().isOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    private Expression attribute(Expression of) {
        if (tokens.peek().kind() == Token.Kind.INTEGER) {
            Expression index = integer(tokens.next());
            return frame -> Access.item(of.value(frame), index.value(frame), frame.budget());
        }
        String name = tokens.expectName();
        return frame -> {
            frame.budget().step();
            return Access.attribute(of.value(frame), name);
        };
    }

    private Expression subscript(Expression of) {
        Expression from = tokens.peek().isOperator(":") ? null : expression();
        if (tokens.skipOperator("]")) {
            return frame -> {
                frame.budget().step();
                return Access.item(of.value(frame), from.value(frame), frame.budget());
            };
        }
        tokens.expectOperator(":");
        Expression to = tokens.peek().isOperator(":") || tokens.peek().isOperator("]") ? null : expression();
        Expression step = tokens.skipOperator(":") && !tokens.peek().isOperator("]") ? expression() : null;
        tokens.expectOperator("]");
        return frame -> Access.slice(
                of.value(frame), optional(from, frame), optional(to, frame), optional(step, frame), frame.budget());
    }

    private static Object optional(Expression value, Frame frame) {
        return value == null ? null : value.value(frame);
    }

    private record Arguments(List<Expression> placed, Map<String, Expression> named) {
        private Object pass(BiFunction<List<Object>, Map<String, Object>, Object> to, Frame frame) {
            List<Object> values = new ArrayList<>();
            placed.forEach(value -> values.add(value.value(frame)));
            Map<String, Object> names = new LinkedHashMap<>();
            named.forEach((name, value) -> names.put(name, value.value(frame)));
            return to.apply(values, names);
        }
    }

    private Arguments arguments() {
        Arguments arguments = new Arguments(new ArrayList<>(), new LinkedHashMap<>());
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (tokens.peek().kind() == Token.Kind.NAME && tokens.peek(1).isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                arguments.named().put(name, expression());
            } else {
                arguments.placed().add(expression());
            }
            if (!tokens.peek().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return arguments;
    }

    private Expression call(Expression called) {
        int line = tokens.peek().line();
        Arguments arguments = arguments();
        return frame -> {
            frame.budget().step();
            Object value = called.value(frame);
            if (value instanceof Undefined undefined) {
                throw undefined.used();
            }
            if (!(value instanceof Callable callable)) {
                throw new TemplateException("line " + line + ": " + Values.kind(value) + " is called like a function");
            }
            return arguments.pass((placed, named) -> callable.call(placed, named, frame), frame);
        };
    }

    private Expression filtered(Expression begun) {
        Expression value = begun;
        while (true) {
            if (tokens.skipOperator("|")) {
                value = filter(value);
            } else if (tokens.skipName("is")) {
                value = check(value);
            } else if (tokens.peek().isOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    Expression filter(Expression of) {
        String name = tokens.expectName();
        Arguments arguments = tokens.peek().isOperator("(") ? arguments() : new Arguments(List.of(), Map.of());
        Filters.require(name);
        return frame -> {
            frame.budget().step();
            Object value = of.value(frame);
            return arguments.pass((placed, named) -> Filters.apply(name, value, placed, named, frame), frame);
        };
    }

    private Expression check(Expression of) {
        boolean negated = tokens.skipName("not");
        String name = tokens.expectName();
        List<Expression> arguments = new ArrayList<>();
        Token next = tokens.peek();
        if (next.isOperator("(")) {
            arguments.addAll(arguments().placed());
        } else if (startsValue(next)) {
            arguments.add(postfix(primary()));
        }
        Checks.require(name);
        return frame -> {
            List<Object> values = new ArrayList<>();
            Object value = of.value(frame);
            arguments.forEach(argument -> values.add(argument.value(frame)));
            return negated != Checks.holds(name, value, values, frame.budget());
        };
    }

    private static boolean startsValue(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !Set.of("else", "or", "and", "is", "if", "in", "not").contains(token.text());
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }
}
