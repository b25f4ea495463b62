package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Speed of models on this machine: prefill of a prompt to its first token, and decoding token by token, batch 1. */
public final class Latency {
    /** Until the JIT compiler is through with what a small model waits for: Java, and not its tensors. */
    private static final long WARM_UP_NANOS = 1_000_000_000L;

    /** So many that the true median lies between the least and the greatest of them with a probability of 98 %. */
    public static final int ROUNDS = 7;

    /**
     * One model's speeds, in the order of measuring.
     *
     * @param prompt tokens of the prompt; @param generated tokens decoded after it
     * @param prefill tokens a second; @param decode tokens a second
     */
    public record Result(int prompt, int generated, double[] prefill, double[] decode) {}

    private Latency() {}

    /**
     * Measures models in turn, each round in the opposite order of the one before, so that what the machine does
     * besides hits all of them alike.
     *
     * @param progress hears of rounds
     * @return a result for each model, the n-th numbers of all from the same round
     */
    public static List<Result> measure(List<Decoder> models, int prompt, int generated, int rounds, Counted progress) {
        List<Result> results = new ArrayList<>();
        for (Decoder model : models) {
            results.add(new Result(prompt, generated, new double[rounds], new double[rounds]));
            progress.at(0, rounds);
            warmUp(model, prompt, generated);
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            order.add(i);
        }
        progress.at(0, rounds);
        for (int round = 0; round < rounds; round++) {
            for (int i : order) {
                Seconds took = run(models.get(i), prompt, generated);
                results.get(i).prefill()[round] = prompt / took.prefill();
                results.get(i).decode()[round] = generated / took.decode();
            }
            Collections.reverse(order);
            progress.at(round + 1L, rounds);
        }
        return results;
    }

    private static void warmUp(Decoder model, int prompt, int generated) {
        long start = System.nanoTime();
        do {
            run(model, prompt, generated);
        } while (System.nanoTime() - start < WARM_UP_NANOS);
    }

    private static int[] ids(Decoder model, int prompt) {
        int[] ids = new int[prompt];
        for (int i = 0; i < prompt; i++) {
            ids[i] = (int) ((i * 7919L) % model.config().vocabularySize());
        }
        return ids;
    }

    private record Seconds(double prefill, double decode) {}

    /** A prompt until its last token's logits are there, and then token by token. */
    private static Seconds run(Decoder model, int prompt, int generated) {
        int[] ids = ids(model, prompt);
        Torch torch = model.torch();
        NDManager scope = torch.scope();
        try {
            long start = System.nanoTime();
            NDList out = model.decode(scope, torch.ints(scope, ids, 1, ids.length), 0, new NDList());
            await(out.get(0));
            long read = System.nanoTime();
            for (int i = 0; i < generated; i++) {
                NDManager next = torch.scope();
                NDList cache = new NDList(out.subList(1, out.size()));
                out = model.decode(
                        next, torch.ints(next, new int[] {ids[i % ids.length]}, 1, 1), ids.length + i, cache);
                scope.close();
                scope = next;
            }
            await(out.get(0));
            return new Seconds((read - start) / 1e9, (System.nanoTime() - read) / 1e9);
        } finally {
            scope.close();
        }
    }

    /** Kernels of a GPU run on after they are called; reading one number waits for all that it depends on. */
    private static void await(NDArray tensor) {
        tensor.getFloat(new long[tensor.getShape().dimension()]);
    }
}
