package dev.espalier.protocol;

import java.util.Optional;

/**
 * Where in a run's news something stands; written {@code EPOCH-NUMBER}.
 *
 * @param epoch when the run began to tell, in milliseconds since 1970: a restart begins anew. Clocks leap, so that a later
 *     one is another, and not always greater
 * @param number counts from 1 within the epoch, without gaps
 */
public record NewsId(long epoch, long number) {
    /** Before all news. */
    public static final NewsId START = new NewsId(0, 0);

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
    public String toString() {
        return epoch + "-" + number;
    }
}
