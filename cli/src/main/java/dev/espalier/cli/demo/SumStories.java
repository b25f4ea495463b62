package dev.espalier.cli.demo;

import java.util.Map;

/** Sums in words, from the patterns of {@code demo/arithmetic.txt}. */
final class SumStories {
    private final Grammar grammar;

    SumStories(Grammar grammar) {
        this.grammar = grammar;
    }

    String story(Dice dice) {
        int a = dice.between(2, 9);
        int b = dice.between(2, 9);
        return switch (dice.below(5)) {
            case 0 -> {
                Operands n = Operands.shown(2, 30, dice);
                yield tell("add_story", n.a(), n.b(), n.a() + n.b(), dice);
            }
            case 1 -> {
                Operands n = Operands.shown(2, 30, dice).descending();
                yield tell("subtract_story", n.a(), n.b(), n.a() - n.b(), dice);
            }
            case 2 -> tell("multiply_story", a, b, a * b, dice);
            case 3 -> tell("divide_story", a, b, a * b, dice);
            default -> chain(dice);
        };
    }

    private String chain(Dice dice) {
        Operands n = Operands.shown(3, 20, dice);
        int sum = n.a() + n.b();
        int less = dice.between(1, Math.min(9, sum - 2));
        Map<String, String> cast = Cast.of(grammar, dice);
        cast.put("c", "" + less);
        cast.put("s", "" + sum);
        return tell("chain_story", n.a(), n.b(), sum - less, cast, dice);
    }

    private String tell(String rule, int a, int b, int r, Dice dice) {
        return tell(rule, a, b, r, Cast.of(grammar, dice), dice);
    }

    private String tell(String rule, int a, int b, int r, Map<String, String> cast, Dice dice) {
        English english = grammar.english();
        String noun = dice.pick(grammar.words("countable"));
        cast.put("things", english.plural(noun));
        bind(cast, "a", a, noun);
        bind(cast, "b", b, noun);
        bind(cast, "r", r, noun);
        cast.put("a.cakes", english.count(a, "cake"));
        cast.put("r.miles", english.count(r, "mile"));
        cast.put(
                "r.left",
                switch (r) {
                    case 0 -> "Nothing is left";
                    case 1 -> "One is left";
                    default -> r + " are left";
                });
        return grammar.say(rule, cast, dice);
    }

    private void bind(Map<String, String> cast, String name, int number, String noun) {
        cast.put(name, "" + number);
        cast.put(name + ".things", grammar.english().count(number, noun));
    }
}
