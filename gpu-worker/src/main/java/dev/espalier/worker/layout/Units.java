package dev.espalier.worker.layout;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the rows or columns of a written matrix come from: units of a fixed size, each from a unit of the source or all
 * zeros.
 *
 * @param from the source's unit in each place; -1: zeros
 * @param size rows or columns of a unit
 * @param interleaved within a unit the two halves alternate, as rotary embeddings of neighbouring pairs want the rows of q
 *     and k whose source pairs the first half with the second: place 2j+s holds s*size/2+j
 */
record Units(int[] from, int size, boolean interleaved) {
    private static final int ZEROS = -1;

    static Units same(int length) {
        return new Units(new int[] {0}, length, false);
    }

    /** The first {@code kept} as they are, zeros behind them. */
    static Units padded(int kept, int length) {
        if (kept == length) {
            return same(length);
        }
        return new Units(
                IntStream.range(0, length).map(i -> i < kept ? i : ZEROS).toArray(), 1, false);
    }

    /** @param heads the source's head in each place; -1: zeros */
    static Units heads(List<Integer> heads, int headDim, boolean interleaved) {
        return new Units(heads.stream().mapToInt(Integer::intValue).toArray(), headDim, interleaved);
    }

    int length() {
        return from.length * size;
    }

    /** The source's row or column in a place; -1: zeros. */
    int source(int place) {
        int unit = from[place / size];
        int within = place % size;
        if (unit == ZEROS) {
            return ZEROS;
        }
        return unit * size + (interleaved ? within % 2 * (size / 2) + within / 2 : within);
    }

    /** Whether all of the source stands in its own order. */
    boolean isSame() {
        return !interleaved && from.length == 1 && from[0] == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Units that
                && size == that.size
                && interleaved == that.interleaved
                && Arrays.equals(from, that.from);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(from) + size;
    }

    @Override
    public String toString() {
        return Arrays.toString(from) + " of " + size;
    }
}
