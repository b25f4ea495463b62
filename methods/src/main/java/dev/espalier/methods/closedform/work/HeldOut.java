package dev.espalier.methods.closedform.work;

import java.util.Arrays;

/** Calibration text that curves are measured on: the last fifth, a thousand tokens at most, which their surgeon does not see. */
final class HeldOut {
    private static final int TOKENS = 1024;

    private HeldOut() {}

    /** @param rows [rows][length]; @return the last of them, one at least */
    static int[][] rows(int[][] rows) {
        return Arrays.copyOfRange(rows, rows.length - count(rows), rows.length);
    }

    /** The others; all, if there is but one. */
    static int[][] others(int[][] rows) {
        int count = count(rows);
        return rows.length > count ? Arrays.copyOf(rows, rows.length - count) : rows;
    }

    private static int count(int[][] rows) {
        return Math.max(1, Math.min(rows.length / 5, TOKENS / rows[0].length));
    }
}
