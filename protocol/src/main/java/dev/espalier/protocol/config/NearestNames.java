package dev.espalier.protocol.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds the names that somebody may have meant. */
public final class NearestNames {
    private NearestNames() {}

    /**
     * The names that differ from {@code wanted} by few slips or begin alike, the nearest first.
     *
     * @param most how many at most
     */
    public static List<String> of(String wanted, Collection<String> known, int most) {
        int slips = 1 + wanted.length() / 3;
        return known.stream()
                .filter(name ->
                        NearestKey.within(slips, wanted, name) || name.startsWith(wanted) || wanted.startsWith(name))
                .sorted(Comparator.comparingInt((String name) -> NearestKey.distance(wanted, name))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(most)
                .toList();
    }
}
