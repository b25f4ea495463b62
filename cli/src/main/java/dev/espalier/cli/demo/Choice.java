package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A multiple-choice item in the form that {@code espalier evaluate --choices} scores: which choice continues the query,
 * after one space?
 *
 * @param gold index of the right choice
 */
record Choice(String query, List<String> choices, int gold) {
    private static final int CHOICES = 4;

    /** Mixes the right answer with up to three wrong ones; wrong ones equal to it, or to each other, are dropped. */
    static Choice of(String query, String answer, List<String> wrong, Dice dice) {
        Set<String> different = new LinkedHashSet<>(wrong);
        different.remove(answer);
        List<String> choices = new ArrayList<>(List.of(answer));
        choices.addAll(dice.sample(List.copyOf(different), Math.min(CHOICES - 1, different.size())));
        List<String> mixed = dice.shuffled(choices);
        return new Choice(query, mixed, mixed.indexOf(answer));
    }

    /** The query with its right continuation. */
    String text() {
        return query + " " + choices.get(gold);
    }
}
