package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.List;

/** Small sums with right results: symbols, worked steps, and sums in words. */
final class Arithmetic implements Domain {
    private final Sums sums;
    private final SumStories stories;

    Arithmetic(Grammar grammar) {
        sums = new Sums(grammar);
        stories = new SumStories(grammar);
    }

    @Override
    public String name() {
        return "arithmetic";
    }

    @Override
    public String piece(Dice dice) {
        List<String> lines = new ArrayList<>();
        if (dice.chance(50)) {
            int count = dice.between(2, 3);
            for (int i = 0; i < count; i++) {
                lines.add(stories.story(dice));
            }
        } else {
            int count = dice.between(5, 9);
            boolean mixed = dice.chance(80);
            int form = dice.below(Sums.FORMS);
            for (int i = 0; i < count; i++) {
                lines.add(sums.line(mixed ? dice.below(Sums.FORMS) : form, dice));
            }
        }
        return String.join("\n", lines);
    }

    @Override
    public Choice choice(Dice dice) {
        return sums.choice(dice);
    }
}
