package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.generation.StopTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Everything that {@code espalier evaluate} and the evaluate stage measure of a model, under one protocol. */
public final class Evaluation {
    private static final int DEFAULT_WINDOW = 2048;

    private static final String ROUNDS = "rounds of the speed test";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What to measure.
     *
     * @param rounds how often to measure the speed; 0: not
     * @param beside a model whose speed is measured in turn with this one's, if memory holds both
     * @param window 0: 2048 or the model's maximum
     * @param limit windows and items of each file, 0: all
     * @param samples how many continuations to write
     */
    public record Plan(
            List<Path> perplexity,
            List<Path> choices,
            int rounds,
            Optional<Path> beside,
            int window,
            int limit,
            int samples) {
        /** One model by itself, and no samples. */
        public Plan(List<Path> perplexity, List<Path> choices, int rounds, int window, int limit) {
            this(perplexity, choices, rounds, Optional.empty(), window, limit, 0);
        }

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
     * @return {@code {"model", "parameters", "perplexity": [..], "choices": [..], "latency": {..}, "samples": [..], "seconds": {..}}}
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
                if (plan.rounds() > 0) {
                    Counted told = (done, total) -> progress.at(done, total, ROUNDS);
                    new SpeedTest(torch, decoder, plan.beside(), plan.rounds(), told).write(out.putObject("latency"));
                }
                if (plan.samples() > 0) {
                    Set<Integer> stops = StopTokens.of(folder.path(), folder.config());
                    Samples.add(out.putArray("samples"), decoder, tokenizer, stops, plan.perplexity(), plan.samples());
                }
                out.putObject("seconds").put("load", open + load).put("evaluate", read + evaluate);
                return out;
            }
        }
    }

    /**
     * How much there is to measure of any model with this tokenizer: what the time for all that {@link Progress} names
     * grows by.
     *
     * @return windows, rounds, and the tokens of questions, which are not alike; of files of one name together
     * @throws UserError as {@link #run}
     */
    public static Map<String, Long> amounts(Plan plan, LlamaConfig model, Tokenizer tokenizer) {
        Map<String, Long> amounts = new LinkedHashMap<>();
        int window = window(plan.window(), model.maxPositions());
        for (Path file : plan.perplexity()) {
            MeasuredText text =
                    MeasuredText.read(file, tokenizer, model.documentSeparator(), most(plan.limit(), window));
            amounts.merge(windowsOf(file), (long) text.windows(window, plan.limit()), Long::sum);
        }
        for (Path file : plan.choices()) {
            amounts.merge(
                    choicesOf(file),
                    Questions.read(file, plan.limit(), tokenizer, model.maxPositions())
                            .tokens(),
                    Long::sum);
        }
        if (plan.rounds() > 0) {
            amounts.put(ROUNDS, (long) plan.rounds());
        }
        return amounts;
    }

    /** Windows of a text that go through a model at once. */
    public static int batch(int window, int positions) {
        return Perplexity.batch(window(window, positions));
    }

    private static String windowsOf(Path file) {
        return "windows of " + file.getFileName();
    }

    private static String choicesOf(Path file) {
        return "choices of " + file.getFileName();
    }

    static long most(int limit, int window) {
        return limit == 0 ? Long.MAX_VALUE : (long) limit * window;
    }

    /**
     * Judges a file of {@link Plan#perplexity}; of a large one only the beginning.
     *
     * @param tokenizer without it, no more is found out than whether the file can be read
     * @throws UserError as {@link #run}
     */
    public static void checkText(Path file, Optional<Tokenizer> tokenizer) {
        MeasuredText.probe(file, tokenizer);
    }

    /**
     * Judges the questions of {@link Plan#choices} against the model.
     *
     * @param file where they are from
     * @throws UserError as {@link #run}
     */
    public static void checkChoices(Path file, List<ChoiceItem> items, Tokenizer tokenizer, LlamaConfig model) {
        Questions.of(file, items, tokenizer, model.maxPositions());
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** The longest sequence that anything asks for: questions keep their beginning whatever the window. */
    private static int length(int window, List<Questions> questions, int positions) {
        int length = Math.max(window, SpeedTest.POSITIONS);
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
                    .measure(file, window, plan.limit(), (done, total) -> progress.at(done, total, windowsOf(file)));
            ObjectNode measured = out.addObject()
                    .put("file", result.file())
                    .put("window", result.window())
                    .put("tokens", result.tokens())
                    .put("value", result.value())
                    .put("stderr", Double.isNaN(result.standardError()) ? null : result.standardError());
            measured.set("blocks", JSON.valueToTree(result.blocks()));
            result.documents().ifPresent(documents -> measured.put("documents", documents));
        }
    }

    private static void choices(ArrayNode out, Decoder decoder, List<Questions> questions, Progress progress) {
        for (Questions file : questions) {
            Choices.Result result = new Choices(decoder)
                    .measure(file, (done, total) -> progress.at(done, total, choicesOf(file.file())));
            out.addObject()
                    .put("file", result.file())
                    .put("n", result.n())
                    .put("acc", result.acc())
                    .put("acc_stderr", standardError(result.acc(), result.n()))
                    .put("acc_norm", result.accNorm())
                    .put("acc_norm_stderr", standardError(result.accNorm(), result.n()))
                    .put("acc_norm_chars", result.accNormChars())
                    .put("acc_norm_chars_stderr", standardError(result.accNormChars(), result.n()))
                    .put("cut", result.cut())
                    .put("joined", result.joined());
        }
    }

    /** Of an accuracy over n questions, as lm-evaluation-harness tells it; null for a single one, which has none. */
    private static Double standardError(double accuracy, int n) {
        return n < 2 ? null : Math.sqrt(accuracy * (1 - accuracy) / (n - 1));
    }
}
