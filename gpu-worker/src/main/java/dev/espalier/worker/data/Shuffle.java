package dev.espalier.worker.data;

/**
 * A pseudo-random permutation of 0 .. size-1 that is computed point by point: any place in the order can be asked for
 * without the places before it. A Feistel network permutes the next even power of two, and walks along the cycle until
 * it is back inside the range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
 */
final class Shuffle {
    private static final int ROUNDS = 6;

    private final long size;
    private final long key;
    private final int halfBits;
    private final long halfMask;

    Shuffle(long size, long key) {
        if (size < 1) {
            throw new IllegalArgumentException("size is " + size);
        }
        this.size = size;
        this.key = key;
        int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
        this.halfBits = (bits + 1) / 2;
        this.halfMask = (1L << halfBits) - 1;
    }

    /** The element at this place of the order; the domain is less than four times the size, so few steps suffice. */
    long at(long index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        long value = index;
        do {
            value = permute(value);
        } while (value >= size);
        return value;
    }

    private long permute(long value) {
        long left = value >>> halfBits;
        long right = value & halfMask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (mix(right + mix(key + round)) & halfMask);
            left = right;
            right = next;
        }
        return (left << halfBits) | right;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
