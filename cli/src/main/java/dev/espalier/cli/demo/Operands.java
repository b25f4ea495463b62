package dev.espalier.cli.demo;

/**
 * Two numbers of a sum. One pair in ten of those with two two-digit numbers is kept out of every text, so that the
 * choices can ask for sums which nobody has seen.
 */
record Operands(int a, int b) {
    /** Numbers from {@code low} to {@code high} that texts may show. */
    static Operands shown(int low, int high, Dice dice) {
        Operands drawn = draw(low, high, dice);
        while (drawn.heldOut()) {
            drawn = draw(low, high, dice);
        }
        return drawn;
    }

    /** Two-digit numbers that no text shows. */
    static Operands unseen(int high, Dice dice) {
        Operands drawn = draw(10, high, dice);
        while (!drawn.heldOut()) {
            drawn = draw(10, high, dice);
        }
        return drawn;
    }

    /** The larger one first, so that a difference is not negative. */
    Operands descending() {
        return new Operands(Math.max(a, b), Math.min(a, b));
    }

    boolean heldOut() {
        int larger = Math.max(a, b);
        int smaller = Math.min(a, b);
        return smaller >= 10 && (7 * larger + 3 * smaller) % 10 == 1;
    }

    private static Operands draw(int low, int high, Dice dice) {
        return new Operands(dice.between(low, high), dice.between(low, high));
    }
}
