package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Things in order: counting by steps, sorted numbers and words, letters, days and months. */
final class Sequences {
    private final Grammar grammar;

    Sequences(Grammar grammar) {
        this.grammar = grammar;
    }

    String line(Dice dice) {
        return switch (dice.below(9)) {
            case 0 -> counting(dice);
            case 1 -> "Count down from " + countingDown(dice.between(6, 20));
            case 2 -> sortedNumbers(dice);
            case 3, 4 -> sortedWords(dice);
            case 5 -> letters(dice);
            case 6 -> neighbours("day", "week", dice);
            case 7 -> neighbours("month", "year", dice);
            default -> places(dice);
        };
    }

    /** The end of a sorted list, or the next number of a count. */
    Choice choice(Dice dice) {
        if (dice.chance(50)) {
            List<String> words = dice.sample(grammar.words("sortable"), 5);
            List<String> sorted = words.stream().sorted().toList();
            String query = "In alphabetical order: " + String.join(", ", words) + ". -> "
                    + String.join(", ", sorted.subList(0, 2)) + ",";
            return Choice.of(
                    query,
                    sorted.get(2),
                    words.stream()
                            .filter(word -> !sorted.subList(0, 2).contains(word))
                            .toList(),
                    dice);
        }
        int step = dice.between(2, 12);
        int start = step * dice.between(1, 6);
        int next = start + 5 * step;
        String query = "Count by " + step + ": " + numbers(start, step, 5) + ",";
        List<Integer> wrong = List.of(next + 1, next - 1, next + step, next + 10, next - step);
        return Choice.of(query, "" + next, wrong.stream().map(String::valueOf).toList(), dice);
    }

    private static String counting(Dice dice) {
        int step = dice.between(1, 12);
        int start = dice.chance(70) ? step * dice.between(0, 8) : dice.between(0, 30);
        return "Count by " + step + ": " + numbers(start, step, dice.between(6, 9)) + ".";
    }

    private static String countingDown(int from) {
        return from + ": " + numbers(from, -1, from + 1) + ".";
    }

    private static String numbers(int start, int step, int count) {
        Stream<String> numbers = IntStream.range(0, count).mapToObj(i -> "" + (start + i * step));
        return String.join(", ", numbers.toList());
    }

    private static String sortedNumbers(Dice dice) {
        List<Integer> numbers = dice.sample(IntStream.range(0, 100).boxed().toList(), dice.between(4, 6));
        List<Integer> sorted = new ArrayList<>(numbers);
        Collections.sort(sorted);
        boolean down = dice.chance(30);
        if (down) {
            Collections.reverse(sorted);
        }
        return (down ? "From large to small: " : "From small to large: ") + joined(numbers) + ". -> " + joined(sorted)
                + ".";
    }

    private String sortedWords(Dice dice) {
        List<String> words = dice.sample(grammar.words("sortable"), dice.between(3, 5));
        return "In alphabetical order: " + joined(words) + ". -> "
                + joined(words.stream().sorted().toList()) + ".";
    }

    private String letters(Dice dice) {
        String word = dice.pick(grammar.words("sortable"));
        List<String> spelled = word.chars().mapToObj(Character::toString).toList();
        return switch (dice.below(3)) {
            case 0 ->
                "The word " + word + " is spelled " + String.join("-", spelled) + " and has " + word.length()
                        + " letters.";
            case 1 ->
                "The word " + word + " begins with " + spelled.get(0) + " and ends with "
                        + spelled.get(word.length() - 1) + ".";
            default -> {
                char letter = (char) ('b' + dice.below(24));
                yield "The letter " + letter + " comes after " + (char) (letter - 1) + " and before "
                        + (char) (letter + 1) + ".";
            }
        };
    }

    private String neighbours(String what, String whole, Dice dice) {
        List<String> names = grammar.words(what);
        int at = dice.below(names.size());
        String name = names.get(at);
        String next = names.get((at + 1) % names.size());
        String previous = names.get((at + names.size() - 1) % names.size());
        return switch (dice.below(4)) {
            case 0 -> "The " + what + " after " + name + " is " + next + ".";
            case 1 -> "The " + what + " before " + name + " is " + previous + ".";
            case 2 -> name + " comes between " + previous + " and " + next + ".";
            default ->
                "The " + what + "s of the " + whole + " from " + name + ": "
                        + joined(Stream.concat(names.subList(at, names.size()).stream(), names.subList(0, at).stream())
                                .toList())
                        + ".";
        };
    }

    private String places(Dice dice) {
        List<String> words = dice.sample(grammar.words(dice.pick(grammar.words("topic"))), 4);
        List<String> reversed = new ArrayList<>(words);
        Collections.reverse(reversed);
        return switch (dice.below(3)) {
            case 0 -> "Backwards: " + joined(words) + ". -> " + joined(reversed) + ".";
            case 1 -> joined(words) + ": the first is " + words.get(0) + " and the last is " + words.get(3) + ".";
            default -> joined(words) + ": the second is " + words.get(1) + " and the third is " + words.get(2) + ".";
        };
    }

    private static String joined(List<?> items) {
        return String.join(", ", items.stream().map(String::valueOf).toList());
    }
}
