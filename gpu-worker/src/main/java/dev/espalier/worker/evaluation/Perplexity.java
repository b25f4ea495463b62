package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.TokenTensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Perplexity of a text: one tokenisation of the whole file, non-overlapping windows, every predicted position, natural
 * logarithm. The last, shorter window is dropped unless it is the only one.
 */
public final class Perplexity {
    private static final int BATCH_TOKENS = 2048;

    /** So many parts of a text are told apart, to judge whether two models differ by more than the text's chance. */
    private static final int BLOCKS = 64;

    /**
     * @param tokens predicted positions
     * @param value exp of their mean negative log-likelihood
     * @param standardError of the value, for another text of its kind; NaN of a single window
     * @param blocks that mean, in nats, for each of up to 64 parts of the text, in its order
     * @param documents that were read of a .jsonl file
     */
    public record Result(
            String file,
            int window,
            long tokens,
            double value,
            double standardError,
            double[] blocks,
            OptionalInt documents) {}

    private final Decoder model;
    private final Tokenizer tokenizer;

    public Perplexity(Decoder model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * @param window tokens a window
     * @param limit number of windows; 0 for all
     * @param done told how many windows are done
     * @throws ArithmeticException if a loss is not finite; the message goes on from the model's name
     */
    public Result measure(Path file, int window, int limit, Counted done) {
        MeasuredText text =
                MeasuredText.read(file, tokenizer, model.config().documentSeparator(), Evaluation.most(limit, window));
        int[] ids = text.ids();
        int size = Math.min(window, ids.length);
        int windows = text.windows(window, limit);
        double nll = 0;
        double[] ofWindow = new double[windows];
        int batch = batch(size);
        done.at(0, windows);
        for (int first = 0; first < windows; first += batch) {
            int[][] rows = new int[Math.min(batch, windows - first)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = Arrays.copyOfRange(ids, (first + i) * size, (first + i + 1) * size);
            }
            System.arraycopy(sums(rows), 0, ofWindow, first, rows.length);
            for (int i = first; i < first + rows.length; i++) {
                nll += ofWindow[i];
            }
            if (!Double.isFinite(nll)) {
                throw new ArithmeticException("computes " + nll + " as the loss of tokens " + first * size + " to "
                        + ((first + rows.length) * size - 1) + " of " + file);
            }
            done.at(first + rows.length, windows);
        }
        long tokens = (long) windows * (size - 1);
        double value = Math.exp(nll / tokens);
        if (!Double.isFinite(value)) {
            throw new ArithmeticException(
                    "loses " + nll / tokens + " nats a token of " + file + ", a perplexity beyond all numbers");
        }
        double[] means = Arrays.stream(ofWindow).map(sum -> sum / (size - 1)).toArray();
        return new Result(file.toString(), size, tokens, value, standardError(means), blocks(means), text.documents());
    }

    /**
     * Of the perplexity of windows of one length, by the delta method: exp(m) s / sqrt(n), where m is the mean of the n
     * losses and s their sample standard deviation. Tokens of a window are not independent of each other; windows nearly are.
     *
     * @param losses mean negative log-likelihood of each window, in nats
     * @return NaN for a single window
     */
    static double standardError(double[] losses) {
        double mean = Arrays.stream(losses).average().orElse(Double.NaN);
        double squares =
                Arrays.stream(losses).map(loss -> (loss - mean) * (loss - mean)).sum();
        return Math.exp(mean) * Math.sqrt(squares / (losses.length - 1) / losses.length);
    }

    private static double[] blocks(double[] ofWindow) {
        double[] blocks = new double[Math.min(BLOCKS, ofWindow.length)];
        for (int i = 0; i < blocks.length; i++) {
            int from = (int) ((long) ofWindow.length * i / blocks.length);
            int to = (int) ((long) ofWindow.length * (i + 1) / blocks.length);
            for (int window = from; window < to; window++) {
                blocks[i] += ofWindow[window] / (to - from);
            }
        }
        return blocks;
    }

    static int batch(int window) {
        return Math.max(1, BATCH_TOKENS / window);
    }

    /** Of each row, nats. */
    private double[] sums(int[][] rows) {
        try (NDManager scope = model.torch().scope()) {
            NDArray ids = TokenTensors.ids(model.torch(), scope, rows);
            NDArray labels = TokenTensors.nextTokens(model.torch(), scope, rows);
            float[] nll = model.tokenNll(scope, ids, labels, Variant.INTACT).toFloatArray();
            double[] sums = new double[rows.length];
            for (int i = 0; i < nll.length; i++) {
                sums[i / rows[0].length] += nll[i];
            }
            return sums;
        }
    }
}
