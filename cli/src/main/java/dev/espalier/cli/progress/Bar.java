package dev.espalier.cli.progress;

import java.util.Locale;

/** How far something is, and how long it will take, in a few characters. */
public final class Bar {
    private static final int WIDTH = 20;

    private Bar() {}

    /** {@code name [====>     ] 12/100}, without the bar where nothing is redrawn. */
    static String of(boolean live, String name, long done, long total) {
        String count = done + "/" + total;
        if (!live) {
            return name + " " + count;
        }
        int filled = total <= 0 ? 0 : (int) Math.min(WIDTH, WIDTH * done / total);
        String head = filled < WIDTH && filled > 0 ? ">" : "";
        String bar = "=".repeat(filled - head.length()) + head + " ".repeat(WIDTH - filled);
        return String.format(Locale.ROOT, "%-11s [%s] %s", name, bar, count);
    }

    /** Such as {@code 1h02m}, {@code 4m10s} or {@code 7s}. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole >= 3600) {
            return String.format(Locale.ROOT, "%dh%02dm", whole / 3600, whole % 3600 / 60);
        }
        return whole >= 60 ? String.format(Locale.ROOT, "%dm%02ds", whole / 60, whole % 60) : whole + "s";
    }
}
