package dev.espalier.cli.demo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much English morphology as the corpus needs; the exceptions are in {@code demo/english.txt}. */
final class English {
    private static final Pattern ARTICLE = Pattern.compile("\\b([Aa])n? (?=([A-Za-z0-9]+))");
    private static final Pattern SENTENCE = Pattern.compile("(?:^|\\n|[.!?] |(?<=^|\\s)\")[a-z]");
    private static final Pattern SPACES = Pattern.compile(" {2,}");

    private final Map<String, String> plurals = new HashMap<>();
    private final Map<String, String> pasts = new HashMap<>();
    private final List<String> regularVerbs;
    private final List<Map<String, String>> irregularVerbs;
    private final Set<String> vowelSound;
    private final Set<String> consonantSound;

    English() {
        GrammarFile file = new GrammarFile("english.txt");
        file.tables().get("irregular_noun").forEach(row -> plurals.put(row.get("one"), row.get("many")));
        irregularVerbs = file.tables().get("irregular_verb");
        irregularVerbs.forEach(row -> pasts.put(row.get("base"), row.get("past")));
        regularVerbs = file.rules().get("regular_verb");
        vowelSound = new HashSet<>(file.rules().get("an_before"));
        consonantSound = new HashSet<>(file.rules().get("a_before"));
    }

    List<String> regularVerbs() {
        return regularVerbs;
    }

    List<String> irregularVerbs() {
        return irregularVerbs.stream().map(row -> row.get("base")).toList();
    }

    /** Of the last word: {@code music box} becomes {@code music boxes}. */
    String plural(String noun) {
        int space = noun.lastIndexOf(' ');
        if (space >= 0) {
            return noun.substring(0, space + 1) + plural(noun.substring(space + 1));
        }
        if (plurals.containsKey(noun)) {
            return plurals.get(noun);
        }
        if (noun.matches(".*(s|x|z|ch|sh)")) {
            return noun + "es";
        }
        return endsInConsonantAndY(noun) ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
    }

    /** Two of them, or one: {@code 1 egg}, {@code 2 eggs}. */
    String count(int number, String noun) {
        return number + " " + (number == 1 ? noun : plural(noun));
    }

    String past(String verb) {
        if (pasts.containsKey(verb)) {
            return pasts.get(verb);
        }
        if (verb.endsWith("e")) {
            return verb + "d";
        }
        if (endsInConsonantAndY(verb)) {
            return verb.substring(0, verb.length() - 1) + "ied";
        }
        // One short vowel before one last consonant: the consonant doubles, as in stopped.
        boolean doubles = verb.matches("[^aeiou]*[aeiou][^aeiouwxy]");
        return verb + (doubles ? verb.substring(verb.length() - 1) : "") + "ed";
    }

    /** {@code a} or {@code an}, by the sound of the next word. */
    String article(String nextWord) {
        if (vowelSound.contains(nextWord)) {
            return "an";
        }
        boolean vowel = "aeiouAEIOU8".indexOf(nextWord.charAt(0)) >= 0 && !consonantSound.contains(nextWord);
        return vowel ? "an" : "a";
    }

    /** {@code a, b and c}. */
    static String list(List<String> items) {
        int last = items.size() - 1;
        return last == 0 ? items.get(0) : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
    }

    static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** Makes articles agree, sentences begin with a capital, and removes the spaces that empty slots leave. */
    String prose(String draft) {
        String spaced = SPACES.matcher(draft.strip()).replaceAll(" ").replace("\n ", "\n");
        String agreed = ARTICLE.matcher(spaced)
                .replaceAll(found ->
                        (found.group(1).equals("A") ? capital(article(found.group(2))) : article(found.group(2)))
                                + " ");
        return SENTENCE.matcher(agreed).replaceAll(found -> {
            String text = found.group();
            int letter = text.length() - 1;
            return Matcher.quoteReplacement(text.substring(0, letter) + Character.toUpperCase(text.charAt(letter)));
        });
    }

    private static boolean endsInConsonantAndY(String word) {
        return word.matches(".*[^aeiou]y");
    }
}
