package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The people, things and places of one text, all different, bound for the {@link Grammar}: {@code hero}, {@code friend},
 * {@code rival} and {@code elder} with their pronouns, {@code thing1..4} with {@code .name}, {@code .colour} and
 * {@code .full}, {@code place1..4} with {@code .name} and {@code .at}, {@code day1..3}, a {@code beast}.
 */
final class Cast {
    private Cast() {}

    static Map<String, String> of(Grammar grammar, Dice dice) {
        Map<String, String> cast = new HashMap<>();
        List<String> girls = dice.sample(grammar.words("girl"), 4);
        List<String> boys = dice.sample(grammar.words("boy"), 4);
        List<String> roles = List.of("hero", "friend", "rival", "elder");
        for (int i = 0; i < roles.size(); i++) {
            boolean she = dice.chance(50);
            String name = she ? girls.get(i) : boys.get(i);
            String role = roles.get(i);
            if (role.equals("elder")) {
                name = dice.pick(List.of(she ? "Grandmother" : "Grandfather", she ? "Aunt" : "Uncle", "Old")) + " "
                        + name;
            }
            person(cast, role, name, she);
            cast.put(role + ".kind", she ? "girl" : "boy");
        }
        List<String> things = dice.sample(grammar.words("thing"), 4);
        List<String> colours = dice.sample(grammar.words("colour"), 4);
        List<Map<String, String>> places = dice.sample(grammar.rows("place"), 4);
        for (int i = 0; i < 4; i++) {
            thing(cast, "thing" + (i + 1), things.get(i), colours.get(i));
            cast.put("place" + (i + 1) + ".name", places.get(i).get("name"));
            cast.put("place" + (i + 1) + ".at", places.get(i).get("at"));
        }
        int firstDay = dice.below(5);
        for (int i = 0; i < 3; i++) {
            cast.put("day" + (i + 1), grammar.words("day").get(firstDay + i));
        }
        cast.put("beast", dice.pick(grammar.words("animal")));
        cast.put("beast.name", dice.pick(grammar.words("creature_name")));
        cast.put("beast.trouble", dice.pick(grammar.words("trouble")));
        cast.put("food1", dice.pick(grammar.words("snack")));
        obstacle(cast, grammar, dice);
        return cast;
    }

    static void person(Map<String, String> cast, String role, String name, boolean she) {
        cast.put(role, name);
        cast.put(role + ".he", she ? "she" : "he");
        cast.put(role + ".He", she ? "She" : "He");
        cast.put(role + ".him", she ? "her" : "him");
        cast.put(role + ".his", she ? "her" : "his");
        cast.put(role + ".His", she ? "Her" : "His");
        cast.put(role + ".himself", she ? "herself" : "himself");
    }

    static void thing(Map<String, String> cast, String role, String name, String colour) {
        cast.put(role + ".name", name);
        cast.put(role + ".colour", colour);
        cast.put(role + ".full", colour + " " + name);
    }

    private static void obstacle(Map<String, String> cast, Grammar grammar, Dice dice) {
        dice.pick(grammar.rows("obstacle"))
                .forEach((column, cell) -> cast.put("o." + column, grammar.expand(cell, cast, dice)));
        List<String> others = new ArrayList<>(grammar.words("tools"));
        others.remove(cast.get("o.tool"));
        cast.put("decoy1", dice.pick(others));
        others.remove(cast.get("decoy1"));
        cast.put("decoy2", dice.pick(others));
    }
}
