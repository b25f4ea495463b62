package dev.espalier.cli.demo;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** One line of arithmetic in symbols, with the steps that lead to the result where there are any. */
final class Sums {
    static final int FORMS = 14;

    private final List<String> numberWords;

    Sums(Grammar grammar) {
        numberWords = grammar.words("number");
    }

    String line(int form, Dice dice) {
        return switch (form) {
            case 0 -> fact(Operands.shown(0, 20, dice));
            case 1 -> difference(Operands.shown(0, 20, dice).descending());
            case 2 -> product(dice.between(0, 12), dice.between(1, 12));
            case 3 -> quotient(dice.between(1, 12), dice.between(2, 12));
            case 4 -> sumInSteps(Operands.shown(11, 99, dice));
            case 5 -> differenceInSteps(Operands.shown(11, 99, dice).descending());
            case 6 -> inWords(dice.between(1, 10), dice.between(1, 10));
            case 7 -> compared(dice.between(0, 99), dice.between(0, 99));
            case 8 -> parity(dice.between(0, 99));
            case 9 -> doubled(dice.between(2, 50));
            case 10 -> half(dice.between(1, 50));
            case 11 -> missing(dice.between(1, 20), dice.between(1, 20));
            case 12 -> threeInSteps(dice.between(1, 9), dice.between(1, 9), dice.between(1, 9));
            case 13 -> judged(Operands.shown(2, 20, dice), dice);
            default -> throw new IllegalArgumentException("there is no form " + form);
        };
    }

    /** The last step of a sum that no text shows, or a fact that all of them share, after lines of the same form. */
    Choice choice(Dice dice) {
        int form = dice.pick(List.of(4, 4, 0, 2));
        String examples = line(form, dice) + "\n" + line(form, dice) + "\n";
        String last = form == 4 ? steps(Operands.unseen(60, dice)) : line(form, dice);
        int equals = last.lastIndexOf(" = ");
        int result = Integer.parseInt(last.substring(equals + 3, last.length() - 1));
        List<String> wrong = Stream.of(-10, -2, -1, 1, 2, 10)
                .filter(error -> result + error >= 0)
                .map(error -> result + error + ".")
                .toList();
        return Choice.of(examples + last.substring(0, equals + 2), result + ".", wrong, dice);
    }

    private static String fact(Operands n) {
        return n.a() + " + " + n.b() + " = " + (n.a() + n.b()) + ".";
    }

    private static String difference(Operands n) {
        return n.a() + " - " + n.b() + " = " + (n.a() - n.b()) + ".";
    }

    private static String product(int a, int b) {
        return a + " x " + b + " = " + a * b + ".";
    }

    private static String quotient(int a, int b) {
        return String.format(Locale.ROOT, "%d / %d = %d, because %d x %d = %d.", a * b, b, a, a, b, a * b);
    }

    private static String sumInSteps(Operands n) {
        return steps(n) + " So " + fact(n);
    }

    private static String steps(Operands n) {
        int tens = n.a() / 10 * 10 + n.b() / 10 * 10;
        int ones = n.a() % 10 + n.b() % 10;
        return String.format(
                Locale.ROOT,
                "%d + %d: %d + %d = %d, %d + %d = %d, %d + %d = %d.",
                n.a(),
                n.b(),
                n.a() / 10 * 10,
                n.b() / 10 * 10,
                tens,
                n.a() % 10,
                n.b() % 10,
                ones,
                tens,
                ones,
                tens + ones);
    }

    private static String differenceInSteps(Operands n) {
        int tens = n.b() / 10 * 10;
        int between = n.a() - tens;
        return String.format(
                Locale.ROOT,
                "%d - %d: %d - %d = %d, %d - %d = %d. So %s",
                n.a(),
                n.b(),
                n.a(),
                tens,
                between,
                between,
                n.b() % 10,
                n.a() - n.b(),
                difference(n));
    }

    private String inWords(int a, int b) {
        return English.capital(numberWords.get(a)) + " plus " + numberWords.get(b) + " is " + numberWords.get(a + b)
                + ".";
    }

    private static String compared(int a, int b) {
        if (a == b) {
            return a + " is equal to " + b + ".";
        }
        return a + " is " + (a > b ? "greater" : "less") + " than " + b + ".";
    }

    private static String parity(int n) {
        return n + " ends in " + n % 10 + ", so it is " + (n % 2 == 0 ? "even" : "odd") + ".";
    }

    private static String doubled(int n) {
        return "Double " + n + " is " + 2 * n + ".";
    }

    private static String half(int n) {
        return "Half of " + 2 * n + " is " + n + ", because " + n + " + " + n + " = " + 2 * n + ".";
    }

    private static String missing(int known, int sought) {
        int sum = known + sought;
        return String.format(
                Locale.ROOT,
                "? + %d = %d. %d - %d = %d, so the missing number is %d.",
                known,
                sum,
                sum,
                known,
                sought,
                sought);
    }

    private static String threeInSteps(int a, int b, int c) {
        return String.format(
                Locale.ROOT, "%d + %d + %d: %d + %d = %d, %d + %d = %d.", a, b, c, a, b, a + b, a + b, c, a + b + c);
    }

    private static String judged(Operands n, Dice dice) {
        int right = n.a() + n.b();
        int claim = dice.chance(50) ? right : right + dice.pick(List.of(-2, -1, 1, 2));
        return String.format(
                Locale.ROOT, "Is %d + %d = %d? %s, %s", n.a(), n.b(), claim, claim == right ? "Yes" : "No", fact(n));
    }
}
