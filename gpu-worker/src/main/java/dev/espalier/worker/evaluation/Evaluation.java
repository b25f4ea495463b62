package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that {@code espalier evaluate} and the evaluate stage measure of a model, under one protocol. */
public final class Evaluation {
    private static final int DEFAULT_WINDOW = 2048;
    private static final int LATENCY_PROMPT = 512;
    private static final int LATENCY_GENERATED = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param window 0: 2048 or the model's maximum; @param limit windows and items of each file, 0: all */
    public record Plan(List<Path> perplexity, List<Path> choices, boolean latency, int window, int limit) {
        /** @throws UserError naming every file that is not there */
        public void check() {
            List<String> missing = new ArrayList<>();
            for (List<Path> files : List.of(perplexity, choices)) {
                files.stream().filter(f -> !Files.isRegularFile(f)).forEach(f -> missing.add(f.toString()));
            }
            if (!missing.isEmpty()) {
                throw new UserError("no such file: " + String.join(", ", missing));
            }
        }
    }

    /** @see Evaluation#run */
    public interface Progress {
        void at(long done, long total, String what);
    }

    private Evaluation() {}

    /**
     * Measures a model; every number in the result is finite.
     *
     * @return {@code {"model", "parameters", "perplexity": [..], "choices": [..], "latency": {..}, "seconds": {..}}}
     * @throws UserError if a file cannot be used, or the model computes what is no number
     */
    public static ObjectNode run(Torch torch, Path model, Plan plan, Progress progress) {
        plan.check();
        try {
            return measure(torch, model, plan, progress);
        } catch (ArithmeticException e) {
            throw new UserError(
                    "the model in " + model + " " + e.getMessage()
                            + ". Its weights are finite, but what they compute is"
                            + " not: they do not belong together, or pruning and training left nothing of it.",
                    e);
        }
    }

    private static ObjectNode measure(Torch torch, Path model, Plan plan, Progress progress) {
        long start = System.nanoTime();
        try (ModelFolder folder = ModelFolder.open(model);
                Tokenizer tokenizer = folder.openTokenizer()) {
            int positions = folder.config().maxPositions();
            int window = window(plan.window(), positions);
            double open = secondsSince(start);
            start = System.nanoTime();
            List<Questions> questions = plan.choices().stream()
                    .map(file -> Questions.read(file, plan.limit(), tokenizer, positions))
                    .toList();
            double read = secondsSince(start);
            start = System.nanoTime();
            try (Decoder decoder = Decoder.load(torch, folder, length(window, questions, positions), false)) {
                double load = secondsSince(start);
                start = System.nanoTime();
                ObjectNode out = JSON.createObjectNode();
                out.put("model", model.toString());
                out.put("parameters", folder.parameters());
                perplexity(out.putArray("perplexity"), decoder, tokenizer, plan, window, progress);
                choices(out.putArray("choices"), decoder, questions, progress);
                double evaluate = secondsSince(start);
                if (plan.latency()) {
                    latency(out.putObject("latency"), decoder);
                }
                out.putObject("seconds").put("load", open + load).put("evaluate", read + evaluate);
                return out;
            }
        }
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** The longest sequence that anything asks for: questions keep their beginning whatever the window. */
    private static int length(int window, List<Questions> questions, int positions) {
        int length = Math.max(window, LATENCY_PROMPT + LATENCY_GENERATED);
        for (Questions file : questions) {
            length = Math.max(length, file.longest());
        }
        return Math.min(positions, length);
    }

    private static int window(int wanted, int positions) {
        if (wanted > positions) {
            throw new UserError("--window " + wanted + " is longer than the model's " + positions + " positions");
        }
        return wanted == 0 ? Math.min(DEFAULT_WINDOW, positions) : wanted;
    }

    private static void perplexity(
            ArrayNode out, Decoder decoder, Tokenizer tokenizer, Plan plan, int window, Progress progress) {
        for (Path file : plan.perplexity()) {
            Perplexity.Result result = new Perplexity(decoder, tokenizer)
                    .measure(
                            file,
                            window,
                            plan.limit(),
                            (done, total) -> progress.at(done, total, "windows of " + file.getFileName()));
            out.addObject()
                    .put("file", result.file())
                    .put("window", result.window())
                    .put("tokens", result.tokens())
                    .put("value", result.value());
        }
    }

    private static void choices(ArrayNode out, Decoder decoder, List<Questions> questions, Progress progress) {
        for (Questions file : questions) {
            Choices.Result result = new Choices(decoder)
                    .measure(
                            file,
                            (done, total) -> progress.at(
                                    done, total, "choices of " + file.file().getFileName()));
            out.addObject()
                    .put("file", result.file())
                    .put("n", result.n())
                    .put("acc", result.acc())
                    .put("acc_norm", result.accNorm())
                    .put("cut", result.cut());
        }
    }

    private static void latency(ObjectNode out, Decoder decoder) {
        int length = decoder.positions();
        int generated = Math.min(LATENCY_GENERATED, length / 4);
        Latency.Result result = Latency.measure(decoder, Math.min(LATENCY_PROMPT, length - generated), generated);
        out.put("prompt", result.prompt())
                .put("generated", result.generated())
                .put("prefill_tokens_per_second", result.prefill())
                .put("decode_tokens_per_second", result.decode());
    }
}
