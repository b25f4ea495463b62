package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Zero-shot accuracy: the choice whose text is likeliest after the query wins. {@code acc} sums log-probabilities,
 * {@code acc_norm} divides the sums by the choices' lengths in bytes, {@code acc_norm_chars} by those in characters, as
 * lm-evaluation-harness does under the first name. The choices of an item share
 * one pass over its query.
 */
final class Choices {
    private static final int BATCH_TOKENS = 1024;

    /**
     * @param accNorm by the choices' bytes
     * @param accNormChars by their characters, as lm-evaluation-harness has it
     * @param cut items that were longer than the model's positions and lost their beginning
     * @param joined items whose query and choice the tokenizer joins
     */
    record Result(String file, int n, double acc, double accNorm, double accNormChars, int cut, int joined) {}

    private final Decoder model;

    /** @param model loaded for the longest of the questions */
    Choices(Decoder model) {
        this.model = model;
    }

    /** @param done told how many of the questions are scored */
    Result measure(Questions questions, Counted done) {
        List<ChoiceItem> items = questions.items();
        double[][] scores = score(questions.branches(), done);
        int right = 0;
        int rightPerByte = 0;
        int rightPerCharacter = 0;
        for (int i = 0; i < items.size(); i++) {
            ChoiceItem item = items.get(i);
            right += best(scores[i]) == item.gold() ? 1 : 0;
            rightPerByte += best(divided(scores[i], item, Choices::bytes)) == item.gold() ? 1 : 0;
            rightPerCharacter += best(divided(scores[i], item, Choices::characters)) == item.gold() ? 1 : 0;
        }
        return new Result(
                questions.file().toString(),
                items.size(),
                (double) right / items.size(),
                (double) rightPerByte / items.size(),
                (double) rightPerCharacter / items.size(),
                questions.cut(),
                questions.joined());
    }

    private static double[] divided(double[] scores, ChoiceItem item, ToIntFunction<String> length) {
        double[] divided = new double[scores.length];
        for (int c = 0; c < divided.length; c++) {
            divided[c] =
                    scores[c] / Math.max(1, length.applyAsInt(item.choices().get(c)));
        }
        return divided;
    }

    private static int bytes(String choice) {
        return choice.getBytes(StandardCharsets.UTF_8).length;
    }

    private static int characters(String choice) {
        return choice.codePointCount(0, choice.length());
    }

    private static int best(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    /**
     * Summed log-probability of each choice, [items][choices]; items of like length share a batch.
     *
     * @throws ArithmeticException if one is not finite; the message goes on from the model's name
     */
    double[][] score(List<Branches> branches, Counted done) {
        double[][] scores = new double[branches.size()][];
        List<Branches> items = new ArrayList<>();
        for (Branches item : branches) {
            scores[item.item()] = new double[item.choices().size()];
            items.addAll(item.parts(BATCH_TOKENS));
        }
        items.sort(Comparator.comparingInt(Branches::tokens));
        int from = 0;
        done.at(from, items.size());
        while (from < items.size()) {
            int to = from + 1;
            while (to < items.size() && (to + 1 - from) * items.get(to).tokens() <= BATCH_TOKENS) {
                to++;
            }
            scoreBatch(items.subList(from, to), scores);
            from = to;
            done.at(from, items.size());
        }
        return scores;
    }

    private void scoreBatch(List<Branches> batch, double[][] scores) {
        Torch torch = model.torch();
        BranchedBatch rows = new BranchedBatch(batch);
        float[] nll;
        try (NDManager scope = torch.scope()) {
            long count = batch.size();
            long length = rows.length();
            nll = model.branchedNll(
                            scope,
                            torch.ints(scope, rows.ids(), count, length),
                            torch.ints(scope, rows.positions(), count, length),
                            torch.ints(scope, rows.branches(), count, length),
                            torch.ints(scope, rows.at(), rows.at().length),
                            torch.ints(scope, rows.labels(), rows.labels().length))
                    .toFloatArray();
        }
        int next = 0;
        for (Branches item : batch) {
            double[] sums = new double[item.choices().size()];
            for (int c = 0; c < sums.length; c++) {
                for (int i = item.given(); i < item.choices().get(c).length; i++) {
                    sums[c] -= nll[next++];
                }
            }
            if (!Arrays.stream(sums).allMatch(Double::isFinite)) {
                throw new ArithmeticException("computes " + Arrays.toString(sums)
                        + " as the log-probabilities of the choices of item " + (item.item() + 1));
            }
            System.arraycopy(sums, 0, scores[item.item()], item.first(), sums.length);
        }
    }
}
