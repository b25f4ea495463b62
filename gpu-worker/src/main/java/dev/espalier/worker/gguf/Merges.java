package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** BPE's merges, strongest first. */
record Merges(GgufTokenizer tokenizer, List<Pair> pairs) {
    private record Pair(String left, String right) {}

    static Merges of(GgufTokenizer tokenizer) {
        List<Pair> pairs = new ArrayList<>();
        for (JsonNode merge : tokenizer.json().path("model").path("merges")) {
            if (merge.isArray() && merge.size() == 2) {
                pairs.add(new Pair(merge.get(0).asText(), merge.get(1).asText()));
            } else {
                String line = merge.asText();
                int space = line.indexOf(' ');
                if (space < 1) {
                    throw tokenizer.refuse("the merge " + merge, "a merge is of two tokens");
                }
                pairs.add(new Pair(line.substring(0, space), line.substring(space + 1)));
            }
        }
        return new Merges(tokenizer, pairs);
    }

    /** As GGUF has them, the two tokens with a space between. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Pair pair : pairs) {
            if (pair.left().indexOf(' ') >= 0 || pair.right().indexOf(' ') >= 0) {
                throw tokenizer.refuse(
                        "a merge of '" + pair.left() + "' and '" + pair.right() + "' with a space in it",
                        "BPE over bytes has none");
            }
            lines.add(pair.left() + " " + pair.right());
        }
        return lines;
    }

    /**
     * The score of each token for a tokenizer that joins whichever neighbours give the token of the highest score: minus the
     * rank of the merges that make it. The two agree if each token's merges stand together in the list and none is missing
     * of those that its parts allow, as in lists that were made of a sentencepiece model.
     *
     * @throws dev.espalier.protocol.UserError if they do not
     */
    float[] scores(TokenTable tokens) {
        Map<String, Integer> ranks = new HashMap<>();
        Set<Pair> known = new HashSet<>(pairs);
        String last = "";
        for (Pair pair : pairs) {
            String made = pair.left() + pair.right();
            if (!made.equals(last) && ranks.put(made, ranks.size()) != null) {
                throw tokenizer.refuse(
                        "merges that make '" + made + "' in two places of their list",
                        "only lists that were made of a sentencepiece model are");
            }
            last = made;
        }
        float[] scores = new float[tokens.size()];
        for (int id : tokens.normal()) {
            String text = tokens.text(id);
            requireSplits(text, tokens, known);
            scores[id] = (float) -ranks.getOrDefault(text, 0);
        }
        return scores;
    }

    private void requireSplits(String text, TokenTable tokens, Set<Pair> known) {
        for (int at = next(text, 0); at < text.length(); at = next(text, at)) {
            Pair pair = new Pair(text.substring(0, at), text.substring(at));
            if (tokens.id(pair.left()).isPresent() && tokens.id(pair.right()).isPresent() && !known.contains(pair)) {
                throw tokenizer.refuse(
                        "no merge of '" + pair.left() + "' and '" + pair.right() + "', though '" + text
                                + "' is a token",
                        "only lists that were made of a sentencepiece model are");
            }
        }
    }

    /** Where the character behind the one at a place begins. */
    private static int next(String text, int at) {
        return at < text.length() ? text.offsetByCodePoints(at, 1) : at;
    }
}
