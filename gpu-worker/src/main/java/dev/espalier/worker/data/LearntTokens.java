package dev.espalier.worker.data;

import java.util.Arrays;

/**
 * Tokens of which some are only read: those are kept as the complement of their ids, in token files as in rows, so that
 * whatever carries rows carries it along. Where all is learnt, as in plain text, tokens are ids.
 */
public final class LearntTokens {
    private LearntTokens() {}

    static int onlyRead(int id) {
        return ~id;
    }

    public static boolean isLearnt(int token) {
        return token >= 0;
    }

    public static int id(int token) {
        return token < 0 ? ~token : token;
    }

    /** Rows of ids, for what asks for no loss. */
    public static int[][] ids(int[][] rows) {
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row).map(LearntTokens::id).toArray())
                .toArray(int[][]::new);
    }

    /** Positions whose next token is learnt; of each row the last has none. */
    public static long predicted(int[][] rows) {
        return Arrays.stream(rows)
                .mapToLong(row -> Arrays.stream(row)
                        .skip(1)
                        .filter(LearntTokens::isLearnt)
                        .count())
                .sum();
    }
}
