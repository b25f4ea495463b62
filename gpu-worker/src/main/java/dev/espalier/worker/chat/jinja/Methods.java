package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Python's methods of texts, lists and mappings, as far as they change nothing: all that its sandbox leaves. */
final class Methods {
    private Methods() {}

    /** Null if the value has no such method. */
    static Callable of(Object value, String name) {
        if (value instanceof String text) {
            return of(text, name);
        } else if (value instanceof Map<?, ?> map) {
            return of(map, name);
        } else if (value instanceof List<?> list) {
            return of(list, name);
        }
        return null;
    }

    private static Callable of(Map<?, ?> map, String name) {
        return switch (name) {
            case "items" ->
                (arguments, named, frame) -> {
                    frame.budget().make(2L * map.size());
                    List<Object> items = new ArrayList<>();
                    map.forEach((key, held) -> items.add(pair(key, held)));
                    return items;
                };
            case "keys" -> (arguments, named, frame) -> listed(map.keySet(), frame);
            case "values" -> (arguments, named, frame) -> listed(map.values(), frame);
            case "get" ->
                (arguments, named, frame) -> {
                    Object key = Values.key(argument(arguments, 0, "get"));
                    return map.containsKey(key) ? map.get(key) : arguments.size() > 1 ? arguments.get(1) : null;
                };
            default -> null;
        };
    }

    private static List<Object> listed(Collection<?> items, Frame frame) {
        frame.budget().make(items.size());
        return new ArrayList<>(items);
    }

    static List<Object> pair(Object first, Object second) {
        List<Object> pair = new ArrayList<>();
        pair.add(first);
        pair.add(second);
        return pair;
    }

    private static Callable of(List<?> list, String name) {
        return switch (name) {
            case "count" ->
                (arguments, named, frame) -> list.stream()
                        .filter(item -> Values.equal(item, argument(arguments, 0, name), frame.budget()))
                        .count();
            case "index" ->
                (arguments, named, frame) -> {
                    for (int i = 0; i < list.size(); i++) {
                        if (Values.equal(list.get(i), argument(arguments, 0, name), frame.budget())) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException("index: the list has no such element");
                };
            default -> null;
        };
    }

    private static Callable of(String text, String name) {
        return switch (name) {
            case "strip" ->
                (arguments, named, frame) -> Texts.strip(text, optional(arguments, name), true, true, frame.budget());
            case "lstrip" ->
                (arguments, named, frame) -> Texts.strip(text, optional(arguments, name), true, false, frame.budget());
            case "rstrip" ->
                (arguments, named, frame) -> Texts.strip(text, optional(arguments, name), false, true, frame.budget());
            case "lower" -> (arguments, named, frame) -> made(text, frame).toLowerCase(Locale.ROOT);
            case "upper" -> (arguments, named, frame) -> made(text, frame).toUpperCase(Locale.ROOT);
            case "title" -> (arguments, named, frame) -> Texts.title(made(text, frame));
            case "capitalize" -> (arguments, named, frame) -> Texts.capitalized(made(text, frame));
            case "startswith" -> (arguments, named, frame) -> affix(arguments, name, text::startsWith, frame);
            case "endswith" -> (arguments, named, frame) -> affix(arguments, name, text::endsWith, frame);
            case "removeprefix" ->
                (arguments, named, frame) -> {
                    String affix = string(arguments, 0, name);
                    return made(text, frame).startsWith(affix) ? text.substring(affix.length()) : text;
                };
            case "removesuffix" ->
                (arguments, named, frame) -> {
                    String affix = string(arguments, 0, name);
                    return made(text, frame).endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
                };
            case "replace" ->
                (arguments, named, frame) -> Texts.replaced(
                        text,
                        string(arguments, 0, name),
                        string(arguments, 1, name),
                        count(arguments, named, 2, "count"),
                        frame.budget());
            case "split" ->
                (arguments, named, frame) -> Texts.split(
                        text, separator(arguments, named), count(arguments, named, 1, "maxsplit"), frame.budget());
            case "rsplit" ->
                (arguments, named, frame) -> Texts.splitFromEnd(
                        text, separator(arguments, named), count(arguments, named, 1, "maxsplit"), frame.budget());
            case "splitlines" ->
                (arguments, named, frame) -> {
                    frame.budget().make(text.length());
                    return new ArrayList<Object>(text.lines().toList());
                };
            case "join" ->
                (arguments, named, frame) ->
                        Texts.joined(Values.items(argument(arguments, 0, name), frame.budget()), text, frame.budget());
            case "find" -> (arguments, named, frame) -> (long) text.indexOf(sought(text, arguments, name, frame));
            case "rfind" -> (arguments, named, frame) -> (long) text.lastIndexOf(sought(text, arguments, name, frame));
            case "count" ->
                (arguments, named, frame) -> Texts.split(text, string(arguments, 0, name), -1, frame.budget())
                                .size()
                        - 1L;
            case "isdigit" ->
                (arguments, named, frame) ->
                        !text.isEmpty() && seen(text, frame).codePoints().allMatch(Character::isDigit);
            case "isalpha" ->
                (arguments, named, frame) ->
                        !text.isEmpty() && seen(text, frame).codePoints().allMatch(Character::isLetter);
            case "isspace" ->
                (arguments, named, frame) ->
                        !text.isEmpty() && seen(text, frame).codePoints().allMatch(Texts::isSpace);
            default -> null;
        };
    }

    /** The text, of which another of at most that length is made. */
    private static String made(String text, Frame frame) {
        frame.budget().make(text.length());
        return text;
    }

    private static String seen(String text, Frame frame) {
        frame.budget().look(text.length());
        return text;
    }

    private static String sought(String text, List<Object> arguments, String method, Frame frame) {
        String sought = string(arguments, 0, method);
        frame.budget().seek(text, sought);
        return sought;
    }

    private interface Affix {
        boolean holds(String affix);
    }

    private static boolean affix(List<Object> arguments, String method, Affix test, Frame frame) {
        return argument(arguments, 0, method) instanceof List<?> several
                ? several.stream().anyMatch(affix -> affix instanceof String text && test.holds(seen(text, frame)))
                : test.holds(seen(string(arguments, 0, method), frame));
    }

    private static String separator(List<Object> arguments, Map<String, Object> named) {
        Object separator = arguments.isEmpty() ? named.get("sep") : arguments.get(0);
        return separator == null ? null : string(Methods.pair(separator, null), 0, "split");
    }

    /** -1 for all. */
    private static long count(List<Object> arguments, Map<String, Object> named, int at, String name) {
        Object count = arguments.size() > at ? arguments.get(at) : named.get(name);
        return count == null ? -1 : Values.asLong(count);
    }

    private static String optional(List<Object> arguments, String method) {
        return arguments.isEmpty() || arguments.get(0) == null ? null : string(arguments, 0, method);
    }

    static Object argument(List<Object> arguments, int at, String of) {
        if (arguments.size() <= at) {
            throw new TemplateException("'" + of + "' is called with too few arguments");
        }
        return arguments.get(at);
    }

    private static String string(List<Object> arguments, int at, String of) {
        if (argument(arguments, at, of) instanceof String text) {
            return text;
        }
        throw new TemplateException("'" + of + "' takes a string, not " + Values.kind(arguments.get(at)));
    }
}
