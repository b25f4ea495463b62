package dev.espalier.coordinator.http;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many connections each peer holds: nobody may hold so many that there is none left for others. */
final class Peers {
    private final int mostOfOne;
    private final int mostOfAll;
    private final Map<InetAddress, Integer> open = new ConcurrentHashMap<>();

    /** @param mostOfOne connections that one address may hold; @param mostOfAll that all may hold together */
    Peers(int mostOfOne, int mostOfAll) {
        this.mostOfOne = mostOfOne;
        this.mostOfAll = mostOfAll;
    }

    /** Whether the peer may have one more, which is counted until it {@link #leave leaves}. */
    boolean enter(InetAddress peer) {
        int before = open.getOrDefault(peer, 0);
        int all = open.values().stream().mapToInt(Integer::intValue).sum();
        if (before >= mostOfOne || all >= mostOfAll) {
            return false;
        }
        open.merge(peer, 1, Integer::sum);
        return true;
    }

    void leave(InetAddress peer) {
        open.computeIfPresent(peer, (address, count) -> count == 1 ? null : count - 1);
    }
}
