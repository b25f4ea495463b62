package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;

/** Speed of a model on this machine: prefill of a prompt and decoding token by token, batch 1. */
public final class Latency {
    /** Until the JIT compiler is through with what a small model waits for: Java, and not its tensors. */
    private static final long WARM_UP_NANOS = 1_000_000_000L;

    private static final int REPEATS = 5;

    /**
     * @param prompt tokens of the prompt; @param generated tokens decoded after it
     * @param prefill tokens a second, median of five; @param decode tokens a second, median of five
     */
    public record Result(int prompt, int generated, double prefill, double decode) {}

    private Latency() {}

    public static Result measure(Decoder model, int prompt, int generated) {
        int[] ids = new int[prompt];
        for (int i = 0; i < prompt; i++) {
            ids[i] = (int) ((i * 7919L) % model.config().vocabularySize());
        }
        double[] prefill = new double[REPEATS];
        double[] decode = new double[REPEATS];
        long start = System.nanoTime();
        do {
            prefillSeconds(model, ids);
            decodeSeconds(model, ids, generated);
        } while (System.nanoTime() - start < WARM_UP_NANOS);
        for (int i = 0; i < REPEATS; i++) {
            prefill[i] = prompt / prefillSeconds(model, ids);
            decode[i] = generated / decodeSeconds(model, ids, generated);
        }
        return new Result(prompt, generated, median(prefill), median(decode));
    }

    private static double prefillSeconds(Decoder model, int[] ids) {
        try (NDManager scope = model.torch().scope()) {
            NDArray tokens = model.torch().ints(scope, ids, 1, ids.length);
            long start = System.nanoTime();
            await(model.hiddenStates(scope, tokens, Variant.INTACT, false).get(0));
            return (System.nanoTime() - start) / 1e9;
        }
    }

    private static double decodeSeconds(Decoder model, int[] ids, int generated) {
        Torch torch = model.torch();
        NDManager scope = torch.scope();
        try {
            NDList out = model.decode(scope, torch.ints(scope, ids, 1, ids.length), 0, new NDList());
            await(out.get(0));
            long start = System.nanoTime();
            for (int i = 0; i < generated; i++) {
                NDManager next = torch.scope();
                NDList cache = new NDList(out.subList(1, out.size()));
                out = model.decode(
                        next, torch.ints(next, new int[] {ids[i % ids.length]}, 1, 1), ids.length + i, cache);
                scope.close();
                scope = next;
            }
            await(out.get(0));
            return (System.nanoTime() - start) / 1e9;
        } finally {
            scope.close();
        }
    }

    /** Kernels of a GPU run on after they are called; reading one number waits for all that it depends on. */
    private static void await(NDArray tensor) {
        tensor.getFloat(new long[tensor.getShape().dimension()]);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
