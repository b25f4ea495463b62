package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDArray;
import dev.espalier.worker.model.Continuation;
import dev.espalier.worker.model.Decoder;
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
        long start = System.nanoTime();
        try (Continuation text = new Continuation(model, ids, prompt + generated)) {
            await(text.logits());
            long read = System.nanoTime();
            for (int i = 0; i < generated; i++) {
                text.append(ids[i % ids.length]);
            }
            await(text.logits());
            return new Seconds((read - start) / 1e9, (System.nanoTime() - read) / 1e9);
        }
    }

    /** Kernels of a GPU run on after they are called; reading one number waits for all that it depends on. */
    private static void await(NDArray tensor) {
        tensor.getFloat(new long[tensor.getShape().dimension()]);
    }
}
