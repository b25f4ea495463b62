package dev.espalier.cli.demo;

import java.util.List;
import java.util.Map;

/** Short narratives in which people, things and facts come back. The plots are in {@code demo/stories.txt}. */
final class Stories implements Domain {
    private final Grammar grammar;

    Stories(Grammar grammar) {
        this.grammar = grammar;
    }

    @Override
    public String name() {
        return "stories";
    }

    @Override
    public String piece(Dice dice) {
        return grammar.say("story", Cast.of(grammar, dice), dice);
    }

    @Override
    public Choice choice(Dice dice) {
        Map<String, String> cast = Cast.of(grammar, dice);
        return switch (dice.below(3)) {
            case 0 -> ask("choose_tool", "o.tool", List.of("decoy1", "decoy2"), cast, dice);
            case 1 ->
                ask("choose_trade", "thing4.full", List.of("thing1.full", "thing2.full", "thing3.full"), cast, dice);
            default -> ask("choose_place", "place1.at", List.of("place2.at", "place3.at", "place4.at"), cast, dice);
        };
    }

    private Choice ask(String rule, String answer, List<String> wrong, Map<String, String> cast, Dice dice) {
        String query = grammar.say(rule, cast, dice);
        return Choice.of(query, cast.get(answer), wrong.stream().map(cast::get).toList(), dice);
    }
}
