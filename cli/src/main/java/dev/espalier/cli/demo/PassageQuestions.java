package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Passages of random facts, with questions that only the passage answers. */
final class PassageQuestions {
    private final Grammar grammar;

    /** A text and what can be asked about it, with wrong answers that the text makes tempting. */
    private record Passage(String text, List<Question> questions) {}

    private record Question(String question, String answer, List<String> tempting) {}

    PassageQuestions(Grammar grammar) {
        this.grammar = grammar;
    }

    String piece(Dice dice) {
        Passage passage = passage(dice);
        StringBuilder text = new StringBuilder(passage.text);
        List<Question> asked = dice.sample(passage.questions, Math.min(3, passage.questions.size()));
        for (Question question : asked) {
            text.append("\nQ: ").append(question.question);
            text.append("\nA: ").append(question.answer).append('.');
        }
        return text.toString();
    }

    Choice choice(Dice dice) {
        Passage passage = passage(dice);
        Question question = dice.pick(passage.questions);
        String query = passage.text + "\nQ: " + question.question + "\nA:";
        return Choice.of(query, question.answer, question.tempting, dice);
    }

    private Passage passage(Dice dice) {
        return switch (dice.below(5)) {
            case 0 -> owners(dice);
            case 1 -> boxes(dice);
            case 2 -> rooms(dice);
            case 3 -> week(dice);
            default -> ages(dice);
        };
    }

    private Passage owners(Dice dice) {
        List<String> names = names(4, dice);
        List<String> things = dice.sample(grammar.words("thing"), 4);
        List<String> colours = dice.sample(grammar.words("colour"), 4);
        List<String> sentences = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Map<String, String> cast = Cast.of(grammar, dice);
            Cast.person(cast, "who", names.get(i), grammar.words("girl").contains(names.get(i)));
            Cast.thing(cast, "what", things.get(i), colours.get(i));
            sentences.add(grammar.say("owns", cast, dice));
            questions.add(new Question("Who has the " + things.get(i) + "?", names.get(i), names));
            questions.add(new Question("What colour is the " + things.get(i) + "?", colours.get(i), colours));
            questions.add(new Question("What does " + names.get(i) + " have?", a(things.get(i)), articles(things)));
        }
        return new Passage(String.join(" ", sentences), questions);
    }

    private Passage boxes(Dice dice) {
        List<String> things = dice.sample(grammar.words("thing"), 5);
        List<String> colours = dice.sample(grammar.words("colour"), 5);
        Map<String, String> cast = Cast.of(grammar, dice);
        List<String> sentences = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            cast.put("box", colours.get(i));
            cast.put("what.name", things.get(i));
            sentences.add(grammar.say("holds", cast, dice));
            questions.add(
                    new Question("What is in the " + colours.get(i) + " box?", a(things.get(i)), articles(things)));
            questions.add(new Question("Which box holds the " + things.get(i) + "?", colours.get(i), colours));
        }
        return new Passage(String.join(" ", sentences), questions);
    }

    /** People walk about and carry things; only the last move counts. */
    private Passage rooms(Dice dice) {
        List<String> names = names(3, dice);
        List<String> rooms = dice.sample(grammar.words("room"), 4);
        String thing = dice.pick(grammar.words("thing"));
        Map<String, String> where = new LinkedHashMap<>();
        Map<String, String> cast = Cast.of(grammar, dice);
        cast.put("what.name", thing);
        List<String> sentences = new ArrayList<>();
        for (String name : names) {
            sentences.add(move("comes", name, dice.pick(rooms), where, cast, dice));
        }
        String carrier = dice.pick(names);
        sentences.add(move("goes", carrier, dice.pick(rooms), where, cast, dice));
        sentences.add(grammar.say("takes", cast, dice));
        sentences.add(move("goes", carrier, dice.pick(rooms), where, cast, dice));
        sentences.add(grammar.say("drops", cast, dice));
        String thingIsIn = where.get(carrier);
        sentences.add(move("goes", dice.pick(names), dice.pick(rooms), where, cast, dice));
        List<String> wrong = rooms.stream().map(room -> "in the " + room).toList();
        List<Question> questions = new ArrayList<>();
        questions.add(new Question("Where is the " + thing + "?", "in the " + thingIsIn, wrong));
        where.forEach((name, room) -> questions.add(new Question("Where is " + name + "?", "in the " + room, wrong)));
        questions.add(new Question("Who took the " + thing + "?", carrier, names));
        return new Passage(String.join(" ", sentences), questions);
    }

    private String move(
            String rule, String name, String room, Map<String, String> where, Map<String, String> cast, Dice dice) {
        cast.put("who", name);
        String to = room;
        while (to.equals(where.get(name))) {
            to = dice.pick(grammar.words("room"));
        }
        cast.put("where", to);
        where.put(name, to);
        return grammar.say(rule, cast, dice);
    }

    private Passage week(Dice dice) {
        List<String> names = names(4, dice);
        List<String> days = dice.sample(grammar.words("day"), 4);
        List<Map<String, String>> doings = dice.sample(grammar.rows("doing"), 4);
        List<String> sentences = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        Map<String, String> cast = Cast.of(grammar, dice);
        for (int i = 0; i < 4; i++) {
            cast.put("who", names.get(i));
            cast.put("when", days.get(i));
            cast.put("doing", doings.get(i).get("does"));
            sentences.add(grammar.say("plans", cast, dice));
            questions.add(new Question("Who " + doings.get(i).get("does") + "?", names.get(i), names));
            String when =
                    "On which day does " + names.get(i) + " " + doings.get(i).get("do") + "?";
            questions.add(new Question(when, days.get(i), days));
        }
        return new Passage(String.join(" ", sentences), questions);
    }

    private Passage ages(Dice dice) {
        List<String> names = names(3, dice);
        int first = dice.between(6, 12);
        int older = dice.between(1, 6);
        int younger = dice.between(1, 4);
        String text = String.format(
                Locale.ROOT,
                "%s is %d years old. %s is %d %s older than %s. %s is %d %s younger than %s.",
                names.get(0),
                first,
                names.get(1),
                older,
                years(older),
                names.get(0),
                names.get(2),
                younger,
                years(younger),
                names.get(0));
        List<String> numbers = List.of("" + first, "" + (first + older), "" + (first - younger), "" + (first + 1));
        return new Passage(
                text,
                List.of(
                        new Question("Who is the oldest?", names.get(1), names),
                        new Question("Who is the youngest?", names.get(2), names),
                        new Question("How old is " + names.get(1) + "?", numbers.get(1), numbers),
                        new Question("How old is " + names.get(2) + "?", numbers.get(2), numbers)));
    }

    private List<String> names(int count, Dice dice) {
        List<String> all = new ArrayList<>(grammar.words("girl"));
        all.addAll(grammar.words("boy"));
        return dice.sample(all, count);
    }

    private static String years(int count) {
        return count == 1 ? "year" : "years";
    }

    private String a(String noun) {
        return grammar.english().article(noun) + " " + noun;
    }

    private List<String> articles(List<String> nouns) {
        return nouns.stream().map(this::a).toList();
    }
}
