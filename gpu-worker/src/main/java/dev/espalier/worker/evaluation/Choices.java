package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Zero-shot accuracy: the choice whose text is likeliest after the query wins. {@code acc} sums the log-probabilities
 * of " " + choice, {@code acc_norm} divides them by its length in bytes (DESIGN section 7). The choices of an item
 * share one pass over its query.
 */
public final class Choices {
    private static final int BATCH_TOKENS = 1024;

    public record Result(String file, int n, double acc, double accNorm) {}

    private final Decoder model;
    private final Tokenizer tokenizer;
    private final int maxTokens;

    /** @param maxTokens longer queries lose their beginning */
    public Choices(Decoder model, Tokenizer tokenizer, int maxTokens) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    /**
     * @param limit number of items; 0 for all
     * @param done told how many of the file's items are scored
     */
    public Result measure(Path file, int limit, Counted done) {
        List<ChoiceItem> items = ChoiceItem.read(file, limit);
        double[][] scores = score(branches(items, file), done);
        int right = 0;
        int rightNormalised = 0;
        for (int i = 0; i < items.size(); i++) {
            ChoiceItem item = items.get(i);
            double[] perByte = new double[scores[i].length];
            for (int c = 0; c < perByte.length; c++) {
                perByte[c] = scores[i][c] / bytes(item.choices().get(c));
            }
            right += best(scores[i]) == item.gold() ? 1 : 0;
            rightNormalised += best(perByte) == item.gold() ? 1 : 0;
        }
        return new Result(
                file.toString(), items.size(), (double) right / items.size(), (double) rightNormalised / items.size());
    }

    private static int bytes(String choice) {
        return Math.max(1, choice.getBytes(StandardCharsets.UTF_8).length);
    }

    private static int best(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    private List<Branches> branches(List<ChoiceItem> items, Path file) {
        List<Branches> all = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            ChoiceItem item = items.get(i);
            int[] query = tokenizer.encode(item.query(), true);
            List<int[]> choices = item.choices().stream()
                    .map(choice -> tokenizer.encode(" " + choice, false))
                    .toList();
            int longest =
                    choices.stream().mapToInt(choice -> choice.length).max().orElseThrow();
            if (query.length == 0 || longest >= maxTokens) {
                throw new UserError(file + ", item " + (i + 1) + ": the query is empty, or a choice has more than the "
                        + maxTokens + " tokens that the model takes");
            }
            int from = Math.max(0, query.length + longest - maxTokens);
            all.add(new Branches(i, Arrays.copyOfRange(query, from, query.length), choices));
        }
        all.sort(Comparator.comparingInt(Branches::tokens));
        return all;
    }

    /** Summed log-probability of each choice, [items][choices]; items of like length share a batch. */
    private double[][] score(List<Branches> items, Counted done) {
        double[][] scores = new double[items.size()][];
        int from = 0;
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
                for (int i = 0; i < item.choices().get(c).length; i++) {
                    sums[c] -= nll[next++];
                }
            }
            scores[item.item()] = sums;
        }
    }
}
