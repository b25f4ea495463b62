package dev.espalier.protocol;

import java.util.Comparator;
import java.util.Optional;

/**
 * Where in a run's news something stands; written {@code EPOCH-NUMBER}.
 *
 * @param epoch when the run began to tell, in milliseconds since 1970: a restart begins anew
 * @param number counts from 1 within the epoch, without gaps
 */
public record NewsId(long epoch, long number) implements Comparable<NewsId> {
    /** Before all news. */
    public static final NewsId START = new NewsId(0, 0);

    private static final Comparator<NewsId> ORDER =
            Comparator.comparingLong(NewsId::epoch).thenComparingLong(NewsId::number);

    /** Reads what {@link #toString} wrote; empty if it is nothing of the kind. */
    public static Optional<NewsId> parse(String text) {
        if (!text.matches("[0-9]{1,18}-[0-9]{1,18}")) {
            return Optional.empty();
        }
        int hyphen = text.indexOf('-');
        return Optional.of(
                new NewsId(Long.parseLong(text.substring(0, hyphen)), Long.parseLong(text.substring(hyphen + 1))));
    }

    public boolean follows(NewsId other) {
        return epoch == other.epoch && number == other.number + 1;
    }

    @Override
    public int compareTo(NewsId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return epoch + "-" + number;
    }
}
