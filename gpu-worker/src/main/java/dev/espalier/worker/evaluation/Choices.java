package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Zero-shot accuracy: the choice whose text is likeliest after the query wins. {@code acc} sums the log-probabilities
 * of " " + choice, {@code acc_norm} divides them by its length in bytes (DESIGN section 7).
 */
public final class Choices {
    private static final int BATCH_TOKENS = 1024;

    public record Result(String file, int n, double acc, double accNorm) {}

    /** A choice of an item, tokenised after its query. */
    private record Row(int item, int choice, int[] ids, int queryTokens) {}

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
     * @param done told how many of the file's choices are scored
     */
    public Result measure(Path file, int limit, Counted done) {
        List<ChoiceItem> items = ChoiceItem.read(file, limit);
        List<Row> rows = rows(items, file);
        double[][] scores = score(items, rows, done);
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

    private List<Row> rows(List<ChoiceItem> items, Path file) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            int[] query = tokenizer.encode(items.get(i).query(), true);
            for (int c = 0; c < items.get(i).choices().size(); c++) {
                int[] choice = tokenizer.encode(" " + items.get(i).choices().get(c), false);
                if (query.length == 0 || choice.length >= maxTokens) {
                    throw new UserError(
                            file + ", item " + (i + 1) + ": the query is empty, or a choice has more than the "
                                    + maxTokens + " tokens that the model takes");
                }
                int from = Math.max(0, query.length + choice.length - maxTokens);
                int[] ids = Arrays.copyOfRange(query, from, query.length + choice.length);
                System.arraycopy(choice, 0, ids, query.length - from, choice.length);
                rows.add(new Row(i, c, ids, query.length - from));
            }
        }
        rows.sort(Comparator.comparingInt(row -> row.ids().length));
        return rows;
    }

    /** Summed log-probability of each choice, [items][choices]; rows of like length share a batch. */
    private double[][] score(List<ChoiceItem> items, List<Row> rows, Counted done) {
        double[][] scores = new double[items.size()][];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = new double[items.get(i).choices().size()];
        }
        int from = 0;
        while (from < rows.size()) {
            int to = from + 1;
            while (to < rows.size() && (to + 1 - from) * rows.get(to).ids().length <= BATCH_TOKENS) {
                to++;
            }
            scoreBatch(rows.subList(from, to), scores);
            from = to;
            done.at(from, rows.size());
        }
        return scores;
    }

    private void scoreBatch(List<Row> batch, double[][] scores) {
        Torch torch = model.torch();
        int length = batch.get(batch.size() - 1).ids().length;
        int[] ids = new int[batch.size() * length];
        int[] labels = new int[ids.length];
        Arrays.fill(labels, -100);
        for (int i = 0; i < batch.size(); i++) {
            Row row = batch.get(i);
            System.arraycopy(row.ids(), 0, ids, i * length, row.ids().length);
            for (int j = row.queryTokens(); j < row.ids().length; j++) {
                labels[i * length + j - 1] = row.ids()[j];
            }
        }
        try (NDManager scope = torch.scope()) {
            NDArray nll = model.tokenNll(
                    scope,
                    torch.ints(scope, ids, batch.size(), length),
                    torch.ints(scope, labels, labels.length),
                    Variant.INTACT);
            float[] values = nll.toFloatArray();
            for (int i = 0; i < batch.size(); i++) {
                double sum = 0;
                for (int j = 0; j < length; j++) {
                    sum += values[i * length + j];
                }
                scores[batch.get(i).item()][batch.get(i).choice()] = -sum;
            }
        }
    }
}
