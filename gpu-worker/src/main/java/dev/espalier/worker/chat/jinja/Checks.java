package dev.espalier.worker.chat.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Jinja's tests: what may stand after {@code is}. */
final class Checks {
    private static final Set<String> ALL = Set.of(
            "defined",
            "undefined",
            "none",
            "boolean",
            "true",
            "false",
            "integer",
            "float",
            "number",
            "string",
            "mapping",
            "sequence",
            "iterable",
            "callable",
            "even",
            "odd",
            "divisibleby",
            "eq",
            "equalto",
            "==",
            "ne",
            "!=",
            "lt",
            "le",
            "gt",
            "ge",
            "in",
            "lower",
            "upper",
            "sameas");

    private Checks() {}

    static void require(String name) {
        if (!ALL.contains(name)) {
            throw new TemplateException("the test '" + name + "' is not known");
        }
    }

    static boolean holds(String name, Object value, List<Object> arguments, Budget budget) {
        String kind = Values.kind(value);
        return switch (name) {
            case "defined" -> !kind.equals("undefined");
            case "undefined", "none", "boolean", "integer", "float", "string", "mapping" -> kind.equals(name);
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "number" -> Values.number(value);
            // an undefined value has elements, none, and a length in Jinja
            case "sequence" -> Set.of("string", "list", "mapping", "undefined").contains(kind);
            case "iterable" -> Set.of("string", "list", "mapping", "undefined").contains(kind);
            case "callable" -> kind.equals("function");
            case "even" -> Values.asLong(value) % 2 == 0;
            case "odd" -> Values.asLong(value) % 2 != 0;
            case "divisibleby" ->
                Arithmetic.of(value, "%", argument(arguments, name), budget).equals(0L);
            case "eq", "equalto", "==" -> Values.equal(value, argument(arguments, name), budget);
            // 1 equals true, and is another thing
            case "sameas" -> {
                Object other = argument(arguments, name);
                yield value instanceof Boolean == other instanceof Boolean && Values.equal(value, other, budget);
            }
            case "ne", "!=" -> !Values.equal(value, argument(arguments, name), budget);
            case "lt" -> Values.order(value, argument(arguments, name), budget) < 0;
            case "le" -> Values.order(value, argument(arguments, name), budget) <= 0;
            case "gt" -> Values.order(value, argument(arguments, name), budget) > 0;
            case "ge" -> Values.order(value, argument(arguments, name), budget) >= 0;
            case "in" -> Values.compared(value, "in", argument(arguments, name), budget);
            case "lower" -> {
                String text = Values.text(value, budget);
                budget.make(text.length());
                yield text.equals(text.toLowerCase(Locale.ROOT));
            }
            default -> {
                String text = Values.text(value, budget);
                budget.make(text.length());
                yield text.equals(text.toUpperCase(Locale.ROOT));
            }
        };
    }

    private static Object argument(List<Object> arguments, String name) {
        return Methods.argument(arguments, 0, name);
    }
}
