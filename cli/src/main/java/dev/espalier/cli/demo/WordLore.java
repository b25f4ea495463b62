package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Opposites, comparisons, kinds of things, plurals, past tenses, young animals. */
final class WordLore {
    private final Grammar grammar;

    WordLore(Grammar grammar) {
        this.grammar = grammar;
    }

    String line(Dice dice) {
        English english = grammar.english();
        return switch (dice.below(8)) {
            case 0 -> {
                Map<String, String> row = dice.pick(grammar.rows("opposite"));
                boolean turned = dice.chance(50);
                yield "The opposite of " + row.get(turned ? "other" : "one") + " is "
                        + row.get(turned ? "one" : "other") + ".";
            }
            case 1 -> {
                Map<String, String> row = dice.pick(grammar.rows("compared"));
                yield English.capital(row.get("plain")) + ", " + row.get("more") + ", " + row.get("most") + ".";
            }
            case 2 -> {
                Map<String, String> row = dice.pick(grammar.rows("young"));
                yield english.prose(dice.pick(List.of(
                        "a young " + row.get("animal") + " is called a " + row.get("child") + ".",
                        "the home of the " + row.get("animal") + " is the " + row.get("home") + ".",
                        "the " + row.get("animal") + " " + row.get("sound") + ".")));
            }
            case 3 -> {
                String noun = dice.pick(grammar.words("countable"));
                yield "One " + noun + ", " + grammar.words("number").get(dice.between(2, 20)) + " "
                        + english.plural(noun) + ".";
            }
            case 4 -> {
                String noun = dice.pick(grammar.rows("irregular_noun")).get("one");
                yield "One " + noun + ", many " + english.plural(noun) + ".";
            }
            case 5 -> {
                String verb = dice.pick(dice.chance(50) ? english.regularVerbs() : english.irregularVerbs());
                yield "Today they " + verb + ", yesterday they " + english.past(verb) + ".";
            }
            case 6 -> {
                String topic = dice.pick(grammar.words("topic"));
                yield English.capital(topic) + ": "
                        + String.join(", ", dice.sample(grammar.words(topic), dice.between(3, 5))) + ".";
            }
            default -> stranger(dice);
        };
    }

    /** Which word of four is of another kind? */
    Choice choice(Dice dice) {
        List<String> topics = dice.sample(grammar.words("topic"), 2);
        List<String> words = mixed(topics, dice);
        return Choice.of(stranger(topics, words, dice), words.get(3), words.subList(0, 3), dice);
    }

    private String stranger(Dice dice) {
        List<String> topics = dice.sample(grammar.words("topic"), 2);
        List<String> words = mixed(topics, dice);
        return stranger(topics, words, dice) + " " + words.get(3) + ".";
    }

    private static String stranger(List<String> topics, List<String> words, Dice dice) {
        String shuffled = String.join(", ", dice.shuffled(words));
        return "Which word does not belong: " + shuffled + "? Not a kind of " + topics.get(0) + ":";
    }

    /** Three words of the first topic, and last one that is only of the second. */
    private List<String> mixed(List<String> topics, Dice dice) {
        List<String> words = new ArrayList<>(dice.sample(grammar.words(topics.get(0)), 3));
        List<String> others = new ArrayList<>(grammar.words(topics.get(1)));
        others.removeAll(grammar.words(topics.get(0)));
        words.add(dice.pick(others));
        return words;
    }
}
