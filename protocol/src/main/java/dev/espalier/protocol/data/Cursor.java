package dev.espalier.protocol.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Where a training goes on in its texts. The coordinator moves it, so that shares may change from one slice to the next
 * and every sequence of a domain is still taken in its turn. While shares stay as they are, which sequence comes after so
 * many is a function of their number alone.
 *
 * @param next sequence of each domain, counted from 0; domains are the configured texts of positive weight, in their order
 * @param shares of the sequences that follow, relative to each other
 * @param taken sequences until here: where the mix is in its pattern, which goes on under other shares. At its beginning comes
 *     nothing of a domain of a small share, so that nothing ever would if each change of the shares led back there
 */
public record Cursor(List<Long> next, List<Double> shares, long taken) {
    /** Of work that reads no training text, and in journals of versions whose workers counted themselves. */
    public static final Cursor NONE = new Cursor(List.of(), List.of(), 0);

    public Cursor {
        next = List.copyOf(next);
        shares = List.copyOf(shares);
        if (next.size() != shares.size()) {
            throw new IllegalArgumentException(next.size() + " domains with " + shares.size() + " shares");
        }
    }

    /** One sequence of the mix. */
    public record Place(int domain, long sequence) {}

    /** At the beginning of all domains. */
    public static Cursor start(List<Double> shares) {
        return new Cursor(Collections.nCopies(shares.size(), 0L), shares, 0);
    }

    public boolean isNone() {
        return next.isEmpty();
    }

    /** The {@code count} sequences from here on. */
    public List<Place> places(int count) {
        DomainSchedule schedule = new DomainSchedule(shares);
        long[] before = schedule.before(taken);
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DomainSchedule.Place place = schedule.at(taken + i);
            int domain = place.domain();
            places.add(new Place(domain, next.get(domain) + place.index() - before[domain]));
        }
        return places;
    }

    /** After {@code count} more sequences. */
    public Cursor after(long count) {
        if (isNone()) {
            return this;
        }
        DomainSchedule schedule = new DomainSchedule(shares);
        long[] before = schedule.before(taken);
        long[] then = schedule.before(taken + count);
        List<Long> moved = new ArrayList<>();
        for (int i = 0; i < then.length; i++) {
            moved.add(next.get(i) + then[i] - before[i]);
        }
        return new Cursor(moved, shares, taken + count);
    }

    /** From here on with other shares, at the same place of the pattern. */
    public Cursor with(List<Double> newShares) {
        return newShares.equals(shares) ? this : new Cursor(next, newShares, taken);
    }
}
