package dev.espalier.protocol.config;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the key that somebody meant. */
final class NearestKey {
    private static final int LONGEST_HINT = 3;
    private static final int LONGEST_KEY = 80;

    private NearestKey() {}

    /**
     * @param unknown full path of the key that does not exist
     * @param all full paths of those that do
     * @return a clause such as {@code did you mean prune.steps?}
     */
    static String hint(String unknown, Collection<String> all) {
        List<String> known =
                all.stream().filter(key -> sameElement(unknown, key)).toList();
        List<String> elsewhere = known.stream()
                .filter(key -> last(key).equals(last(unknown)))
                .limit(LONGEST_HINT)
                .toList();
        int slips = 1 + last(unknown).length() / 4;
        List<String> misspelt = known.stream()
                .filter(key -> within(slips, unknown, key))
                .sorted((a, b) -> Integer.compare(distance(unknown, a), distance(unknown, b)))
                .limit(1)
                .toList();
        List<String> meant = misspelt.isEmpty() ? elsewhere : misspelt;
        if (!meant.isEmpty()) {
            return "did you mean " + String.join(" or ", meant) + "?";
        }
        String parent = parent(unknown);
        String siblings = known.stream()
                .filter(key -> parent(key).equals(parent))
                .map(NearestKey::last)
                .sorted()
                .collect(Collectors.joining(", "));
        return "keys here are " + siblings;
    }

    /** Keys of a list's other elements are not what somebody meant, and may be as many as there are elements. */
    private static boolean sameElement(String unknown, String key) {
        int end = key.lastIndexOf(']');
        return end < 0 || unknown.startsWith(key.substring(0, end + 1));
    }

    /** As it is told: a key may have as many characters as the whole file. */
    static String shown(String key) {
        return key.length() <= LONGEST_KEY ? key : key.substring(0, LONGEST_KEY) + "...";
    }

    /** Whether at most so many edits lie between the words; words of very different lengths are not compared. */
    static boolean within(int edits, String a, String b) {
        return Math.abs(a.length() - b.length()) <= edits && distance(a, b) <= edits;
    }

    /** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
    static int distance(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                edits[i][j] = Math.min(replace, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    edits[i][j] = Math.min(edits[i][j], 1 + edits[i - 2][j - 2]);
                }
            }
        }
        return edits[a.length()][b.length()];
    }

    private static String last(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    private static String parent(String key) {
        return key.substring(0, Math.max(0, key.lastIndexOf('.')));
    }
}
