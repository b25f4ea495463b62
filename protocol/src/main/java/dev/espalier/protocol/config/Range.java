package dev.espalier.protocol.config;

/**
 * An interval of numbers.
 *
 * @param open the lower end does not belong to it
 */
public record Range(double least, boolean open, double most) {
    public static Range from(double least, double most) {
        return new Range(least, false, most);
    }

    public static Range above(double least, double most) {
        return new Range(least, true, most);
    }

    boolean holds(double number) {
        return (open ? number > least : number >= least) && number <= most;
    }

    /** Some number of the interval. */
    double inside() {
        return open ? least + (most - least) / 2 : least;
    }

    String words() {
        return open
                ? "a number above " + plain(least) + ", at most " + plain(most)
                : "a number from " + plain(least) + " to " + plain(most);
    }

    private static String plain(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e6
                ? Long.toString((long) number)
                : Double.toString(number);
    }
}
