package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Portraits of, and quizzes about, the invented entities of {@code demo/knowledge.txt}, whose facts never change. */
final class WorldQuestions {
    private static final List<String> KINDS = List.of("town", "person", "creature", "plant");

    private final Grammar grammar;
    private final List<Entity> entities = new ArrayList<>();

    /** A row of table {@code kind}. */
    private record Entity(String kind, Map<String, String> row) {}

    WorldQuestions(Grammar grammar) {
        this.grammar = grammar;
        for (String kind : KINDS) {
            grammar.rows(kind).forEach(row -> entities.add(new Entity(kind, row)));
        }
    }

    String piece(Dice dice) {
        return dice.chance(50) ? portrait(dice) : quiz(dice.between(4, 6), dice);
    }

    /** The last question of a quiz: the facts are known, this series of them is new. */
    Choice choice(Dice dice) {
        Entity entity = dice.pick(entities);
        String fact = dice.pick(grammar.words(entity.kind + "_facts"));
        List<String> wrong = grammar.rows(entity.kind).stream()
                .map(row -> row.get(fact))
                .distinct()
                .collect(Collectors.toCollection(ArrayList::new));
        String query = quiz(2, dice) + "\nQ: " + question(entity, fact, dice) + "\nA:";
        return Choice.of(query, entity.row.get(fact), wrong, dice);
    }

    private String portrait(Dice dice) {
        Entity entity = dice.pick(entities);
        List<String> facts = dice.shuffled(grammar.words(entity.kind + "_facts"));
        Map<String, String> bindings = bind(entity);
        List<String> sentences = new ArrayList<>();
        for (String fact : facts) {
            sentences.add(grammar.say(entity.kind + "_" + fact + "_say", bindings, dice));
        }
        StringBuilder text = new StringBuilder(String.join(". ", sentences)).append('.');
        for (String fact : dice.sample(facts, 2)) {
            text.append('\n').append(answered(entity, fact, dice));
        }
        return text.toString();
    }

    private String quiz(int questions, Dice dice) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < questions; i++) {
            Entity entity = dice.pick(entities);
            String fact = dice.pick(grammar.words(entity.kind + "_facts"));
            lines.add(answered(entity, fact, dice));
        }
        return String.join("\n", lines);
    }

    private String answered(Entity entity, String fact, Dice dice) {
        return "Q: " + question(entity, fact, dice) + "\nA: " + entity.row.get(fact) + ".";
    }

    private String question(Entity entity, String fact, Dice dice) {
        return grammar.say(entity.kind + "_" + fact + "_ask", bind(entity), dice);
    }

    private static Map<String, String> bind(Entity entity) {
        Map<String, String> bindings = new HashMap<>();
        entity.row.forEach((column, cell) -> bindings.put("e." + column, cell));
        return bindings;
    }
}
