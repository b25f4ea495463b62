package dev.espalier.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A stream of random choices that is the same on every machine and Java version: SplitMix64 (Steele, Lea and Flood,
 * 2014), seeded by a number and by the name of what it is used for, so that one part of the corpus does not move when
 * another part draws more.
 */
final class Dice {
    private long state;

    Dice(long seed, String purpose) {
        long hash = 0xcbf29ce484222325L; // FNV-1a
        for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        this.state = seed * 0x9e3779b97f4a7c15L ^ hash;
    }

    private long next() {
        long z = state += 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** A number from {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** True {@code percent} times in a hundred. */
    boolean chance(int percent) {
        return below(100) < percent;
    }

    <T> T pick(List<T> from) {
        return from.get(below(from.size()));
    }

    <T> List<T> shuffled(List<T> from) {
        return sample(from, from.size());
    }

    /** {@code count} different elements, in random order. */
    <T> List<T> sample(List<T> from, int count) {
        List<T> result = new ArrayList<>(from);
        for (int i = 0; i < count; i++) {
            Collections.swap(result, i, between(i, result.size() - 1));
        }
        return result.subList(0, count);
    }
}
