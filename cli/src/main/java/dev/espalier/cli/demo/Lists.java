package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Lists: of things to buy and to pack, recipes, sequences, words in order, and what every child knows about words. */
final class Lists implements Domain {
    private final Grammar grammar;
    private final Sequences sequences;
    private final WordLore lore;

    Lists(Grammar grammar) {
        this.grammar = grammar;
        sequences = new Sequences(grammar);
        lore = new WordLore(grammar);
    }

    @Override
    public String name() {
        return "lists";
    }

    @Override
    public String piece(Dice dice) {
        return switch (dice.below(7)) {
            case 0 -> shopping(dice);
            case 1 -> packing(dice);
            case 2 -> recipe(dice);
            case 3, 4 -> lines(dice.between(3, 5), () -> sequences.line(dice));
            default -> lines(dice.between(3, 6), () -> lore.line(dice));
        };
    }

    @Override
    public Choice choice(Dice dice) {
        return dice.chance(50) ? sequences.choice(dice) : lore.choice(dice);
    }

    private String shopping(Dice dice) {
        List<String> lines = new ArrayList<>();
        lines.add(grammar.say("shopping_head", Cast.of(grammar, dice), dice));
        int count = dice.between(2, 4);
        for (String item : dice.sample(grammar.words("countable_food"), count)) {
            lines.add("- " + grammar.english().count(dice.between(1, 12), item));
        }
        for (String item : dice.sample(grammar.words("grocery"), count)) {
            lines.add("- " + item);
        }
        lines.add("That makes " + 2 * count + " things.");
        return String.join("\n", lines);
    }

    private String packing(Dice dice) {
        Map<String, String> weather = dice.pick(grammar.rows("packing"));
        Map<String, String> cast = Cast.of(grammar, dice);
        cast.put("sky_kind", weather.get("kind"));
        List<String> items = new ArrayList<>(List.of(weather.get("one"), weather.get("two"), weather.get("three")));
        items.addAll(dice.sample(grammar.words("travel"), dice.between(1, 3)));
        List<String> lines = new ArrayList<>();
        lines.add(grammar.say("packing_head", cast, dice));
        items = dice.shuffled(items);
        for (int i = 0; i < items.size(); i++) {
            lines.add((i + 1) + ". " + items.get(i));
        }
        lines.add("In all there are " + items.size() + " things in the bag.");
        return String.join("\n", lines);
    }

    private String recipe(Dice dice) {
        Map<String, String> dish = dice.pick(grammar.rows("dish"));
        List<String> parts = dice.shuffled(List.of(dish.get("one"), dish.get("two"), dish.get("three")));
        int minutes = 5 * dice.between(2, 12);
        return String.format(
                Locale.ROOT,
                """
                Recipe for %s
                You need: %s.
                1. %s.
                2. Mix the %s with the %s.
                3. Add the %s.
                4. %s everything for %d minutes.
                5. Serve the %s %s.
                6. %s.""",
                dish.get("name"),
                English.list(parts),
                dice.pick(grammar.words("first_step")),
                bare(parts.get(0)),
                bare(parts.get(1)),
                bare(parts.get(2)),
                English.capital(dish.get("cook")),
                minutes,
                dish.get("name"),
                dish.get("serve"),
                dice.pick(grammar.words("last_step")));
    }

    /** {@code flour} of {@code 2 cups of flour}, {@code eggs} of {@code 3 eggs}. */
    private static String bare(String amount) {
        return amount.replaceFirst("^\\d+ (\\w+ of )?", "");
    }

    private static String lines(int count, Supplier<String> line) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(line.get());
        }
        return String.join("\n", lines);
    }
}
