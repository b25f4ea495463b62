package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A small text grammar, in the manner of Tracery. A pattern is text with
 *
 * <ul>
 *   <li>{@code {x}}: what {@code x} is bound to, else a random pattern of rule {@code x}, expanded;
 *   <li>{@code {x.plural}}: the same, in another form ({@code plural}, {@code past});
 *   <li>{@code {x=rule}}: an expansion of the rule, remembered as {@code x} for the rest of the text;
 *   <li>{@code {@x=table}}: nothing, but from now on {@code {x.column}} is that column of one random row;
 *   <li>{@code [one|another|]}: one of these at random.
 * </ul>
 */
final class Grammar {
    private final Map<String, List<String>> rules = new HashMap<>();
    private final Map<String, List<Map<String, String>>> tables = new HashMap<>();
    private final English english;

    Grammar(String... resources) {
        for (String resource : resources) {
            GrammarFile file = new GrammarFile(resource);
            rules.putAll(file.rules());
            tables.putAll(file.tables());
        }
        english = new English();
    }

    English english() {
        return english;
    }

    /** The patterns of a rule, or the words of a list. */
    List<String> words(String rule) {
        List<String> found = rules.get(rule);
        if (found == null) {
            throw new IllegalStateException("the grammar has no rule " + rule);
        }
        return found;
    }

    List<Map<String, String>> rows(String table) {
        List<Map<String, String>> found = tables.get(table);
        if (found == null) {
            throw new IllegalStateException("the grammar has no table " + table);
        }
        return found;
    }

    /** Expands a rule to finished sentences: articles agree, sentences begin with a capital. */
    String say(String rule, Map<String, String> bindings, Dice dice) {
        return english.prose(expand("{" + rule + "}", bindings, dice));
    }

    /** Expands a pattern; the bindings it makes are added to {@code bindings}. */
    String expand(String pattern, Map<String, String> bindings, Dice dice) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
            if (c == '{') {
                int end = pattern.indexOf('}', at);
                out.append(slot(pattern.substring(at + 1, end), bindings, dice));
                at = end + 1;
            } else if (c == '[') {
                int end = closing(pattern, at);
                out.append(expand(dice.pick(alternatives(pattern.substring(at + 1, end))), bindings, dice));
                at = end + 1;
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }

    private String slot(String slot, Map<String, String> bindings, Dice dice) {
        int equals = slot.indexOf('=');
        if (equals < 0) {
            return resolve(slot, bindings, dice);
        }
        String source = slot.substring(equals + 1);
        if (slot.startsWith("@")) {
            String name = slot.substring(1, equals);
            dice.pick(rows(source))
                    .forEach((column, cell) -> bindings.put(name + "." + column, expand(cell, bindings, dice)));
            return "";
        }
        String text = resolve(source, bindings, dice);
        bindings.put(slot.substring(0, equals), text);
        return text;
    }

    private String resolve(String name, Map<String, String> bindings, Dice dice) {
        String bound = bindings.get(name);
        if (bound != null) {
            return bound;
        }
        if (rules.containsKey(name)) {
            return expand(dice.pick(rules.get(name)), bindings, dice);
        }
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            throw new IllegalStateException("nothing is called {" + name + "}; bound are " + bindings.keySet());
        }
        String text = resolve(name.substring(0, dot), bindings, dice);
        String form = name.substring(dot + 1);
        return switch (form) {
            case "plural" -> english.plural(text);
            case "past" -> english.past(text);
            default -> throw new IllegalStateException("{" + name + "}: there is no form ." + form);
        };
    }

    private static int closing(String pattern, int open) {
        int depth = 0;
        for (int i = open; i < pattern.length(); i++) {
            depth += pattern.charAt(i) == '[' ? 1 : pattern.charAt(i) == ']' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new IllegalStateException("a bracket is never closed: " + pattern);
    }

    private static List<String> alternatives(String inside) {
        List<String> found = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < inside.length(); i++) {
            char c = inside.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == '|' && depth == 0) {
                found.add(inside.substring(start, i));
                start = i + 1;
            }
        }
        found.add(inside.substring(start));
        return found;
    }
}
