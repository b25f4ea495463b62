package dev.espalier.cli;

import dev.espalier.methods.benchmark.LimitsBenchmark;
import dev.espalier.methods.benchmark.LimitsPath;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier bench-limits}: our side of {@code benchmarks/limits}. */
@Command(name = "bench-limits", hidden = true, description = "Time one path of a run beside its matrix products alone.")
public final class BenchLimitsCommand implements Callable<Integer> {
    enum Kind {
        gated(LimitsPath.GATED),
        recovery(LimitsPath.RECOVERY),
        weights(LimitsPath.WEIGHTS),
        forward(LimitsPath.FORWARD),
        teacher(LimitsPath.TEACHER),
        decode(LimitsPath.DECODE),
        controller(LimitsPath.CONTROLLER),
        merge(null);

        private final LimitsPath path;

        Kind(LimitsPath path) {
            this.path = path;
        }
    }

    @Parameters(paramLabel = "PATH", description = "${COMPLETION-CANDIDATES}")
    private Kind kind;

    @Option(names = "--batch", defaultValue = "4", description = "Sequences, ${DEFAULT-VALUE} by default.")
    private int batch;

    @Option(names = "--length", defaultValue = "128", description = "Tokens of each, ${DEFAULT-VALUE} by default.")
    private int length;

    @Option(names = "--rounds", defaultValue = "5", description = "Rounds that count, ${DEFAULT-VALUE} by default.")
    private int rounds;

    @Option(
            names = "--sparsity",
            defaultValue = "0.1",
            description = "Of the gated step and the teacher, ${DEFAULT-VALUE} by default.")
    private double sparsity;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LimitsBenchmark.Work work = new LimitsBenchmark.Work(batch, length, rounds, sparsity);
        LimitsBenchmark.Result result;
        Interruption interruption = Interruption.announce(spec.commandLine().getErr(), "");
        try (interruption) {
            result = kind == Kind.merge ? MergeBenchmark.measure(rounds) : LimitsBenchmark.measure(kind.path, work);
        }
        boolean limited = !Double.isNaN(result.limitSeconds());
        String limit = limited ? String.format(Locale.ROOT, "%.6f", result.limitSeconds()) : json ? "null" : "-";
        String form = json
                ? "{\"seconds\": %.6f, \"limit_seconds\": %s, \"peak_rss_bytes\": %d}"
                : "%.6f s, limit %s s, peak memory %d bytes";
        spec.commandLine()
                .getOut()
                .println(String.format(Locale.ROOT, form, result.seconds(), limit, result.peakRssBytes()));
        return ExitCode.DONE;
    }
}
