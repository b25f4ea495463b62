package dev.espalier.cli.progress;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Where progress goes. On a terminal one line is redrawn in place; elsewhere, as in a log file, the same line is
 * printed once in a while. Safe for use by several threads.
 */
public final class Console {
    /** Set by the launcher: the terminal's width, or 0 if standard error is no terminal. */
    private static final String COLUMNS = "espalier.columns";

    private static final Duration REDRAW = Duration.ofMillis(100);
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter err;
    private final int columns;
    private final LongSupplier nanos;
    private long shownAt;
    private boolean drawn;

    Console(PrintWriter err, int columns, LongSupplier nanos) {
        this.err = err;
        this.columns = columns;
        this.nanos = nanos;
        this.shownAt = nanos.getAsLong();
    }

    public static Console of(PrintWriter err) {
        return new Console(err, Integer.getInteger(COLUMNS, 0), System::nanoTime);
    }

    /** Whether lines are redrawn in place. */
    boolean live() {
        return columns > 0;
    }

    /** Prints a line that stays. */
    public synchronized void say(String line) {
        clear();
        err.println(line);
        err.flush();
    }

    /** Shows a line until the next one, unless it is too soon after the one before. */
    synchronized void show(String line) {
        long now = nanos.getAsLong();
        if (now - shownAt < (live() ? REDRAW : INTERVAL).toNanos()) {
            return;
        }
        shownAt = now;
        if (live()) {
            err.print(ERASE + (line.length() < columns ? line : line.substring(0, columns - 1)));
            drawn = true;
        } else {
            err.println(line);
        }
        err.flush();
    }

    /** Takes the line that does not stay away. */
    public synchronized void clear() {
        if (drawn) {
            err.print(ERASE);
            err.flush();
            drawn = false;
        }
    }
}
