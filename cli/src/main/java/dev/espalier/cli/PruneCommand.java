package dev.espalier.cli;

import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.report.ReportData;
import dev.espalier.coordinator.report.ResultsText;
import dev.espalier.coordinator.report.RunReport;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier prune}: a run in this process, from the checkpoint to the measured, smaller model. */
@Command(
        name = "prune",
        description = {
            "Make a model smaller, and measure what it cost.",
            "All stages run in this process. The same command again goes on where it stopped; what has changed in the",
            "configuration meanwhile is done again, with all that follows from it."
        },
        mixinStandardHelpOptions = true)
final class PruneCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options;

    @Option(
            names = "--retry",
            paramLabel = "STAGE",
            converter = StageOption.class,
            description = {
                "Do this stage of the run again, and those after it: calibrate, prune, recover, export or evaluate;",
                "of a later round prune-2, recover-2 ..",
                "Needed where a changed configuration would throw training away. Goes on without it if interrupted."
            })
    private Stage retry;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7700",
            converter = PagePort.Converter.class,
            description = {
                "Port of the run's page on this machine (${DEFAULT-VALUE}); the next free one if it is taken.",
                "0: any free one. none: no page."
            })
    private PagePort port;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            description = {
                "Serve the run's measures for Prometheus while it goes on, at",
                "http://127.0.0.1:PORT/metrics",
                "0 takes any free port."
            })
    private Integer metricsPort;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ResolvedRun run = options.read(spec.commandLine().getErr());
        if (retry != null && !Files.exists(run.directory().resolve(RunLayout.CONFIG))) {
            throw new UserError("--retry " + retry.word() + ": " + run.directory()
                    + " holds no run yet; leave it out to start one");
        }
        LocalExecution execution;
        try (RunMonitoring monitoring = RunMonitoring.start(
                Optional.ofNullable(metricsPort), spec.commandLine().getErr())) {
            execution = LocalExecution.of(
                    run,
                    Methods.work(),
                    Optional.ofNullable(retry),
                    port,
                    monitoring,
                    spec.commandLine().getErr());
        }
        return execution.outcome().phase() == RunPhase.COMPLETED
                ? completed(run, execution.report())
                : ended(run, execution);
    }

    private int completed(ResolvedRun run, RunReport report) {
        PrintWriter out = spec.commandLine().getOut();
        report.data().parameters().ifPresent(parameters -> out.println(parameters(parameters)));
        String table = ResultsText.of(report.data().rows());
        if (!table.isEmpty()) {
            out.println();
            out.println(table);
        }
        if (report.data().exported()) {
            out.println("model:  " + run.directory().resolve(RunReport.EXPORT));
        }
        out.println("report: " + run.directory().resolve(RunReport.REPORT));
        return ExitCode.DONE;
    }

    private static String parameters(ReportData.Parameters parameters) {
        return String.format(
                Locale.ROOT,
                "%,d parameters, %,d before: %.2f %% of the prunable ones are gone (target %.2f %%)",
                parameters.after(),
                parameters.before(),
                100 * parameters.sparsity(),
                100 * parameters.target());
    }

    private int ended(ResolvedRun run, LocalExecution execution) {
        RunOutcome outcome = execution.outcome();
        PrintWriter err = spec.commandLine().getErr();
        if (outcome.phase() == RunPhase.CANCELLED) {
            err.println("espalier: run " + run.config().name() + " was cancelled: 'espalier rm " + run.directory()
                    + "' removes it");
            return ExitCode.FAILED;
        }
        boolean full = execution.diskFull();
        String stage = outcome.failedStage().map(Stage::word).orElse("?");
        err.println("espalier: stage " + stage + " failed: " + outcome.cause());
        err.println(
                full ? DiskFull.MESSAGE : "Mend that, then run the same command again: it goes on with this stage.");
        err.println("The log is " + execution.log());
        return outcome.permanent() || full ? ExitCode.WRONG_INPUT : ExitCode.FAILED;
    }
}
