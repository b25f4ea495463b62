package dev.espalier.cli.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.Interruption;
import dev.espalier.cli.Preflight;
import dev.espalier.cli.RunOptions;
import dev.espalier.cli.RunPlan;
import dev.espalier.cli.progress.Console;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier plan}: the run's input judged as by {@code validate}, and what the run will take. */
@Command(
        name = "plan",
        description = {
            "Tell what a run will take on this machine: time, memory and disk, stage by stage, and what it leads to.",
            "Tries a few steps of everything first: two minutes for 0.135 billion parameters on two cores."
        },
        mixinStandardHelpOptions = true)
public final class PlanCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private RunOptions options;

    @Option(names = "--no-probe", description = "Only what the headers tell: final shape, sizes, disk.")
    private boolean headersOnly;

    @Option(names = "--json", description = "Print one JSON document instead of a table.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ResolvedRun run = options.read(spec.commandLine().getErr());
        RunPlan plan = Preflight.check(run, spec.commandLine().getErr()::println);
        Optional<Forecast> forecast = headersOnly ? Optional.empty() : Optional.of(forecast(run, plan));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode document = JSON.createObjectNode();
            plan.write(document);
            forecast.ifPresent(found -> ForecastTable.write(found, document));
            out.println(document.toPrettyString());
        } else {
            out.println(plan.summary());
            forecast.ifPresent(found -> out.println(System.lineSeparator() + ForecastTable.of(found)));
        }
        return ExitCode.DONE;
    }

    private Forecast forecast(ResolvedRun run, RunPlan plan) throws IOException, InterruptedException {
        Amounts amounts;
        try (ModelFolder model = ModelFolder.open(run.config().model().path());
                Tokenizer tokenizer = model.openTokenizer()) {
            amounts = Amounts.of(run.config(), model.config(), tokenizer);
        }
        PrintWriter err = spec.commandLine().getErr();
        Interruption interruption = Interruption.announce(err, "");
        try (interruption;
                ProbeFolder folder = ProbeFolder.beside(run.directory(), interruption)) {
            Probe probe = Probe.of(run, folder.path(), Console.of(err));
            return Forecast.of(
                    run.config().stages(), amounts, probe, plan.model().hiddenSize());
        }
    }
}
