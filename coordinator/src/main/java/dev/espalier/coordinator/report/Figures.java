package dev.espalier.coordinator.report;

import java.time.Duration;
import java.util.Locale;

/** Numbers for readers: three or four digits, a real minus, a space before the unit. */
final class Figures {
    private static final String THIN = "\u202f";
    private static final String MINUS = "\u2212";
    private static final String INFINITE = "\u221e";

    private Figures() {}

    /** 134 515 008 is "134.5 M". */
    static String count(double number) {
        if (!Double.isFinite(number)) {
            return plain(number);
        }
        if (number >= 1e9) {
            return plain(number / 1e9) + THIN + "B";
        }
        if (number >= 1e6) {
            return plain(number / 1e6) + THIN + "M";
        }
        return number >= 1e4 ? plain(number / 1e3) + THIN + "k" : plain(number);
    }

    /** 134515008 is "134 515 008". */
    static String grouped(long count) {
        return String.format(Locale.ROOT, "%,d", count).replace(',', ' ');
    }

    /** About four significant digits, at least three. */
    static String plain(double number) {
        double size = Math.abs(number);
        String text;
        if (!Double.isFinite(number)) {
            // A model that was broken on the way has a perplexity beyond every double.
            return Double.isNaN(number) ? "none" : number < 0 ? MINUS + INFINITE : INFINITE;
        }
        if (size >= 1e4) {
            return number < 0 ? MINUS + count(size) : count(number);
        }
        if (size > 0 && size < 1e-3) {
            text = String.format(Locale.ROOT, "%.2e", number).replaceFirst("e([+-])0", "e$1");
        } else if (size >= 1000) {
            text = String.format(Locale.ROOT, "%.0f", number);
        } else {
            text = String.format(Locale.ROOT, decimals(size), number);
        }
        return text.replace("-", MINUS);
    }

    /** The standard error of a value, with as many digits after the point as that one has. */
    static String error(double value, double error) {
        String text = value >= 1e4
                ? plain(error)
                : String.format(Locale.ROOT, value >= 1000 ? "%.0f" : decimals(value), error);
        return "\u00b1" + text;
    }

    private static String decimals(double size) {
        return size >= 100 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
    }

    /** On axes, where round numbers need no zeros after the point. */
    static String tick(double number) {
        String text = plain(number);
        return text.replaceFirst("(\\.[0-9]*?)0+(\\D*)$", "$1$2").replaceFirst("\\.(?=\\D*$)", "");
    }

    static String accuracy(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", share * 100).replace("-", MINUS) + THIN + "%";
    }

    /** How much {@code now} differs from {@code before}, with a sign; beyond tenfold as a factor. */
    static String change(double before, double now) {
        double ratio = now / before;
        if (ratio >= 10) {
            return "\u00d7" + THIN + count(ratio);
        }
        String text = String.format(Locale.ROOT, "%+.1f", (ratio - 1) * 100);
        if (text.matches("[+-]0\\.0")) {
            text = "\u00b10.0";
        }
        return text.replace("-", MINUS) + THIN + "%";
    }

    /** {@link #change(double, double)} of a quantity that was measured repeatedly, in whole per cent, with its range. */
    static String change(double before, double now, double least, double greatest) {
        String text = String.format(
                Locale.ROOT,
                "%+.0f" + THIN + "%% (%+.0f to %+.0f)",
                (now / before - 1) * 100,
                (least / before - 1) * 100,
                (greatest / before - 1) * 100);
        return text.replace("-", MINUS);
    }

    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
        }
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }
}
