package dev.espalier.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Marker;

/**
 * Lets so many log lines of one kind through in ten seconds, and counts the others: what happens again and again, such as
 * noise that somebody sends to a port, must not fill the disk. Lines that differ in numbers only are of one kind.
 */
final class LogRate extends TurboFilter {
    static final int MOST_LINES = 20;
    static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int MOST_KINDS = 1000;
    private static final int KIND_CHARACTERS = 80;

    private final LongSupplier nanoTime;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();

    private record Window(long began, int lines) {
        boolean over(long now) {
            return now - began >= WINDOW_NANOS;
        }
    }

    /** @param nanoTime as {@link System#nanoTime} */
    LogRate(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public FilterReply decide(Marker marker, Logger logger, Level level, String format, Object[] params, Throwable t) {
        if (format == null || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
            return FilterReply.NEUTRAL;
        }
        long now = nanoTime.getAsLong();
        if (windows.size() > MOST_KINDS) {
            windows.values().removeIf(window -> window.over(now));
        }
        String kind = kind(logger, level, format);
        Window before = windows.get(kind);
        Window window = windows.merge(
                kind,
                new Window(now, 1),
                (known, fresh) -> known.over(now) ? fresh : new Window(known.began(), known.lines() + 1));
        if (before != null && before.over(now) && before.lines() > MOST_LINES) {
            logger.warn("{} more lines like the next were left out", before.lines() - MOST_LINES);
        }
        return window.lines() <= MOST_LINES ? FilterReply.NEUTRAL : FilterReply.DENY;
    }

    private static String kind(Logger logger, Level level, String format) {
        String beginning = format.substring(0, Math.min(format.length(), KIND_CHARACTERS));
        return logger.getName() + level + beginning.replaceAll("[0-9]+", "0");
    }
}
