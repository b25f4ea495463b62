package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Jinja's filters, as far as chat templates use them. */
final class Filters {
    private static final Map<String, Filter> ALL = new LinkedHashMap<>();

    /** Arguments by name that filters obey; whatever else is written there would silently mean nothing. */
    private static final Map<String, Set<String>> NAMED = Map.of(
            "trim", Set.of("chars"),
            "default", Set.of("default_value", "boolean"),
            "d", Set.of("default_value", "boolean"),
            "join", Set.of("d", "attribute"),
            "tojson", Set.of("ensure_ascii", "indent"),
            "int", Set.of("default"),
            "indent", Set.of("width", "first", "blank"),
            "map", Set.of("attribute", "default"));

    /** How many they take by place, where they take any. */
    private static final Map<String, Integer> PLACES = Map.ofEntries(
            Map.entry("trim", 1),
            Map.entry("default", 2),
            Map.entry("d", 2),
            Map.entry("join", 2),
            Map.entry("replace", 2),
            Map.entry("tojson", 2),
            Map.entry("int", 1),
            Map.entry("indent", 3),
            Map.entry("map", Integer.MAX_VALUE),
            Map.entry("select", Integer.MAX_VALUE),
            Map.entry("reject", Integer.MAX_VALUE),
            Map.entry("selectattr", Integer.MAX_VALUE),
            Map.entry("rejectattr", Integer.MAX_VALUE));

    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?([0-9]{1,300}\\.?[0-9]{0,300}|\\.[0-9]{1,300})([eE][-+]?[0-9]{1,4})?");

    private interface Filter {
        Object apply(Object value, List<Object> arguments, Map<String, Object> named, Frame frame);
    }

    static {
        ALL.put("trim", (value, a, n, f) -> {
            Object letters = named(a, n, 0, "chars");
            return Texts.strip(string(value, f), letters == null ? null : string(letters, f), true, true, f.budget());
        });
        ALL.put("upper", (value, a, n, f) -> made(value, f).toUpperCase(Locale.ROOT));
        ALL.put("lower", (value, a, n, f) -> made(value, f).toLowerCase(Locale.ROOT));
        ALL.put("title", (value, a, n, f) -> Texts.titleOfWords(made(value, f)));
        ALL.put("capitalize", (value, a, n, f) -> Texts.capitalized(made(value, f)));
        ALL.put("string", (value, a, n, f) -> string(value, f));
        ALL.put("safe", (value, a, n, f) -> value);
        ALL.put("length", (value, a, n, f) ->
                (long) Values.items(value, f.budget()).size());
        ALL.put("count", ALL.get("length"));
        ALL.put("list", (value, a, n, f) -> list(value, f));
        ALL.put("first", (value, a, n, f) -> Access.item(list(value, f), 0L, f.budget()));
        ALL.put("last", (value, a, n, f) -> Access.item(list(value, f), -1L, f.budget()));
        ALL.put("reverse", Filters::reversed);
        ALL.put("default", Filters::otherwise);
        ALL.put("d", Filters::otherwise);
        ALL.put("join", Filters::joined);
        ALL.put(
                "replace",
                (value, a, n, f) -> Texts.replaced(
                        string(value, f),
                        string(Methods.argument(a, 0, "replace"), f),
                        string(Methods.argument(a, 1, "replace"), f),
                        -1,
                        f.budget()));
        ALL.put("tojson", (value, a, n, f) -> {
            // as transformers has it, where letters beyond ASCII stay unless that is asked for
            if (Values.truth(named(a, n, 0, "ensure_ascii"))) {
                throw new TemplateException("the filter 'tojson' is not known with 'ensure_ascii'");
            }
            return Json.of(value, named(a, n, 1, "indent"), f.budget());
        });
        ALL.put(
                "items",
                (value, a, n, f) -> value instanceof Undefined
                        ? List.of()
                        : Methods.of(mapping(value), "items").call(List.of(), Map.of(), f));
        ALL.put("dictsort", (value, a, n, f) -> mapping(value).entrySet().stream()
                .sorted(Comparator.comparing(entry -> made(entry.getKey(), f).toLowerCase(Locale.ROOT)))
                .<Object>map(entry -> Methods.pair(entry.getKey(), entry.getValue()))
                .toList());
        ALL.put("int", Filters::whole);
        ALL.put("float", (value, a, n, f) -> Values.number(value) ? Values.asDouble(value) : parsed(made(value, f)));
        ALL.put("abs", (value, a, n, f) -> value instanceof Double x ? Math.abs(x) : Math.abs(Values.asLong(value)));
        ALL.put("indent", Filters::indented);
        ALL.put("map", Filters::mapped);
        ALL.put("select", (value, a, n, f) -> chosen(value, f, item -> check(item, a, 0, f)));
        ALL.put("reject", (value, a, n, f) -> chosen(value, f, item -> !check(item, a, 0, f)));
        ALL.put("selectattr", (value, a, n, f) -> chosen(value, f, item -> attributeCheck(item, a, f)));
        ALL.put("rejectattr", (value, a, n, f) -> chosen(value, f, item -> !attributeCheck(item, a, f)));
        ALL.put("unique", (value, a, n, f) -> {
            List<Object> unique = new ArrayList<>();
            List<Object> seen = new ArrayList<>();
            for (Object item : Values.items(value, f.budget())) {
                f.budget().make(seen.size());
                Object key = caseless(item, f);
                if (seen.stream().noneMatch(other -> Values.equal(other, key, f.budget()))) {
                    seen.add(key);
                    unique.add(item);
                }
            }
            return unique;
        });
        ALL.put("sort", (value, a, n, f) -> {
            List<Object> sorted = list(value, f);
            sorted.sort((left, right) -> Values.order(caseless(left, f), caseless(right, f), f.budget()));
            return sorted;
        });
    }

    private Filters() {}

    /** Jinja compares words whatever their case unless it is asked to. */
    private static Object caseless(Object value, Frame frame) {
        return value instanceof String text ? made(text, frame).toLowerCase(Locale.ROOT) : value;
    }

    static void require(String name) {
        if (!ALL.containsKey(name)) {
            throw new TemplateException("the filter '" + name + "' is not known");
        }
    }

    static Object apply(String name, Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        for (String argument : named.keySet()) {
            if (!NAMED.getOrDefault(name, Set.of()).contains(argument)) {
                throw new TemplateException("the filter '" + name + "' is not known with '" + argument + "'");
            }
        }
        if (arguments.size() > PLACES.getOrDefault(name, 0)) {
            throw new TemplateException(
                    "the filter '" + name + "' is not known with " + arguments.size() + " arguments");
        }
        return ALL.get(name).apply(value, arguments, named, frame);
    }

    private static Object named(List<Object> arguments, Map<String, Object> named, int at, String name) {
        return arguments.size() > at ? arguments.get(at) : named.get(name);
    }

    /** As Jinja, which makes a text of what is none. */
    private static String string(Object value, Frame frame) {
        return Values.text(value, frame.budget());
    }

    /** The same, of which another of that length is made. */
    private static String made(Object value, Frame frame) {
        String text = string(value, frame);
        frame.budget().make(text.length());
        return text;
    }

    private static List<Object> list(Object value, Frame frame) {
        Collection<?> items = Values.items(value, frame.budget());
        frame.budget().make(items.size());
        return new ArrayList<>(items);
    }

    private static Map<?, ?> mapping(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new TemplateException(Values.kind(value) + " is no mapping");
    }

    private static Object reversed(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        if (value instanceof String text) {
            frame.budget().make(text.length());
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> reversed = list(value, frame);
        Collections.reverse(reversed);
        return reversed;
    }

    private static Object otherwise(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        Object stand = arguments.isEmpty() ? named.getOrDefault("default_value", "") : arguments.get(0);
        boolean alsoFalse = Values.truth(named(arguments, named, 1, "boolean"));
        return value instanceof Undefined || (alsoFalse && !Values.truth(value)) ? stand : value;
    }

    private static Object joined(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        Object between = named(arguments, named, 0, "d");
        Object attribute = named(arguments, named, 1, "attribute");
        Collection<?> items = Values.items(value, frame.budget());
        return Texts.joined(
                attribute == null
                        ? items
                        : items.stream()
                                .map(item -> attribute(item, attribute, frame))
                                .toList(),
                between == null ? "" : string(between, frame),
                frame.budget());
    }

    private static Object whole(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        if (value instanceof Double number) {
            return (long) (double) number;
        } else if (Values.number(value)) {
            return Values.asLong(value);
        }
        String text = made(value, frame).strip();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            if (DECIMAL.matcher(text).matches()) {
                return truncated(text);
            }
            Object stand = named(arguments, named, 0, "default");
            return stand == null ? 0L : stand;
        }
    }

    /** As {@code int(float("3.7"))}; Python's whole numbers have no end, ours are not to be other ones. */
    private static long truncated(String text) {
        double number = Double.parseDouble(text);
        if (Math.abs(number) >= Long.MAX_VALUE) {
            throw new TemplateException("the filter 'int' is not known for numbers beyond 64 bits");
        }
        return (long) number;
    }

    private static double parsed(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Object indented(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        Object width = named(arguments, named, 0, "width");
        String indent = width == null
                ? "    "
                : width instanceof String text ? text : (String) Arithmetic.of(" ", "*", width, frame.budget());
        return Texts.indented(
                string(value, frame),
                indent,
                Values.truth(named(arguments, named, 1, "first")),
                Values.truth(named(arguments, named, 2, "blank")),
                frame.budget());
    }

    private static Object attribute(Object item, Object name, Frame frame) {
        Object at = item;
        for (String part : string(name, frame).split("\\.", -1)) {
            at = Access.item(at, part, frame.budget());
        }
        return at;
    }

    private static Object mapped(Object value, List<Object> arguments, Map<String, Object> named, Frame frame) {
        List<Object> mapped = new ArrayList<>();
        for (Object item : list(value, frame)) {
            frame.budget().step();
            if (named.containsKey("attribute")) {
                Object found = attribute(item, named.get("attribute"), frame);
                mapped.add(found instanceof Undefined && named.containsKey("default") ? named.get("default") : found);
            } else {
                String name = string(Methods.argument(arguments, 0, "map"), frame);
                require(name);
                mapped.add(apply(name, item, arguments.subList(1, arguments.size()), Map.of(), frame));
            }
        }
        return mapped;
    }

    private static List<Object> chosen(Object value, Frame frame, Predicate<Object> wanted) {
        List<Object> chosen = new ArrayList<>();
        for (Object item : list(value, frame)) {
            frame.budget().step();
            if (wanted.test(item)) {
                chosen.add(item);
            }
        }
        return chosen;
    }

    private static boolean attributeCheck(Object item, List<Object> arguments, Frame frame) {
        return check(attribute(item, Methods.argument(arguments, 0, "selectattr"), frame), arguments, 1, frame);
    }

    /** By the test that stands there with its arguments; truth where none does. */
    private static boolean check(Object value, List<Object> arguments, int at, Frame frame) {
        if (arguments.size() <= at) {
            return Values.truth(value);
        }
        String name = string(arguments.get(at), frame);
        Checks.require(name);
        return Checks.holds(name, value, arguments.subList(at + 1, arguments.size()), frame.budget());
    }
}
