package dev.espalier.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.progress.Console;
import dev.espalier.cli.progress.Countdown;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.evaluation.Evaluation;
import dev.espalier.worker.evaluation.Latency;
import dev.espalier.worker.torch.Torch;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier evaluate}: what a model is worth, by the protocol that runs use. */
@Command(
        name = "evaluate",
        description = "Measure a model: perplexity, accuracy on multiple choice, speed.",
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "MODEL_DIR",
            converter = ModelOption.class,
            description = {
                "A Hugging Face folder, one that Espalier exported,",
                "or the name of a model in the hub's cache."
            })
    private Path model;

    @Option(
            names = "--perplexity",
            paramLabel = "TEXT_FILE",
            description = {
                "Perplexity of this text; may be given several times.",
                "Of a .jsonl or .parquet file: of the field text of its rows, each a document. Text may be packed as .gz or .zst."
            })
    private List<Path> perplexity = new ArrayList<>();

    @Option(
            names = "--choices",
            paramLabel = "JSONL_FILE",
            description = {
                "Accuracy on these questions, a line {\"query\": .., \"choices\": [..], \"gold\": 0} each; may be"
                        + " given several times.",
                "acc is by summed log-probability, acc_norm by that over the choice's bytes, acc_norm_chars over its"
                        + " characters (what lm-evaluation-harness calls acc_norm)."
            })
    private List<Path> choices = new ArrayList<>();

    @Option(names = "--latency", description = "Tokens per second of prefill and decoding, batch 1.")
    private boolean latency;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "0",
            description = "Only the first N windows or questions of each file. 0, the default: all.")
    private int limit;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "0",
            description = "Tokens of a perplexity window. 0, the default: 2048, or the model's maximum if less.")
    private int window;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            description = "auto (a GPU if there is one), cpu or cuda:N. Default: ${DEFAULT-VALUE}.")
    private String device;

    @Option(names = "--json", description = "Print one JSON document instead of a table.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        check();
        Evaluation.Plan plan = new Evaluation.Plan(perplexity, choices, latency ? Latency.ROUNDS : 0, window, limit);
        plan.check();
        ObjectNode measured;
        PrintWriter err = spec.commandLine().getErr();
        Interruption interruption = Interruption.announce(err, "");
        try (interruption;
                Countdown countdown = new Countdown(Console.of(err), "evaluate");
                Torch torch = Torch.open(device)) {
            measured = Evaluation.run(torch, model, plan, countdown::at);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? measured.toPrettyString() : EvaluationTable.of(measured));
        return ExitCode.DONE;
    }

    private void check() {
        if (perplexity.isEmpty() && choices.isEmpty() && !latency) {
            throw new UserError(
                    "there is nothing to measure: give --perplexity TEXT_FILE, --choices JSONL_FILE or" + " --latency");
        }
        if (limit < 0) {
            throw new UserError("--limit is " + limit + ": give a number of windows and questions, or 0 for all");
        }
        if (window < 0 || window == 1) {
            throw new UserError("--window is " + window + ": give at least 2 tokens, or 0 for the model's own length");
        }
    }
}
