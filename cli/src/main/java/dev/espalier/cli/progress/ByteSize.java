package dev.espalier.cli.progress;

import java.util.Locale;

/** How large something is, in three digits of the unit that suits it. */
public final class ByteSize {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};
    private static final double STEP = 1024;

    private ByteSize() {}

    /** Such as {@code 4.61 MiB}, {@code 513 MiB} or {@code 1.44 GiB}. */
    public static String of(long bytes) {
        double amount = bytes / STEP;
        int unit = 0;
        while (amount >= STEP && unit < UNITS.length - 1) {
            amount /= STEP;
            unit++;
        }
        int decimals = amount < 10 ? 2 : amount < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", amount, UNITS[unit]);
    }
}
