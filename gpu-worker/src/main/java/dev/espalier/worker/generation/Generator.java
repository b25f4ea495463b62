package dev.espalier.worker.generation;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Continuation;
import dev.espalier.worker.model.Decoder;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Continues a text token by token with a key/value cache. */
public final class Generator {
    private final Decoder model;
    private final Tokenizer tokenizer;
    private final int maxTokens;
    private final Set<Integer> stops;

    /**
     * @param maxTokens prompt and continuation together; at most what the decoder was loaded for
     * @param stops ids that end the text, normally {@link StopTokens#of}
     */
    public Generator(Decoder model, Tokenizer tokenizer, int maxTokens, Set<Integer> stops) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
        this.stops = Set.copyOf(stops);
    }

    /**
     * Generates until {@code tokens} tokens, an end-of-text token, or the model's last position.
     *
     * @param temperature 0 takes the likeliest token each time
     * @param text receives the continuation piece by piece; pieces end at character boundaries
     * @return the number of tokens generated
     */
    public int generate(String prompt, int tokens, double temperature, long seed, Consumer<String> text) {
        int[] ids = tokenizer.encodeBeginning(prompt);
        if (ids.length == 0 || ids.length >= maxTokens) {
            throw new UserError("the prompt has " + ids.length + " tokens; this model takes 1 to " + (maxTokens - 1));
        }
        SplittableRandom random = new SplittableRandom(seed);
        TextPieces pieces = new TextPieces(tokenizer, ids, text);
        int generated = 0;
        int positions = Math.min(maxTokens, ids.length + tokens);
        try (Continuation grown = new Continuation(model, ids, positions)) {
            while (true) {
                float[] logits = grown.logits().toFloatArray();
                requireFinite(logits, grown.length());
                int next = pick(logits, temperature, random);
                if (stops.contains(next)) {
                    break;
                }
                pieces.add(next);
                generated++;
                if (generated == tokens || grown.length() == maxTokens) {
                    break;
                }
                grown.append(next);
            }
        }
        return generated;
    }

    private static void requireFinite(float[] logits, int position) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new UserError("the model computes " + logit + " after token " + position
                        + ": its weights are finite, but what they compute is not");
            }
        }
    }

    private static int pick(float[] logits, double temperature, SplittableRandom random) {
        if (temperature == 0) {
            return argmax(logits);
        }
        double max = logits[argmax(logits)];
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            weights[i] = Math.exp((logits[i] - max) / temperature);
        }
        double left = random.nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return argmax(logits);
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
