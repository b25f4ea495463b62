package dev.espalier.cli;

import dev.espalier.methods.benchmark.MonitoringBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code espalier bench-monitoring}: what {@code benchmarks/monitoring-overhead} prints. */
@Command(name = "bench-monitoring", hidden = true, description = "Time what monitoring costs a training step.")
public final class BenchMonitoringCommand implements Callable<Integer> {
    /** How often Prometheus reads a cluster, in monitoring/prometheus/prometheus.yml. */
    private static final double SCRAPE_INTERVAL_SECONDS = 10;

    /** What a step may lose to monitoring. */
    private static final double LIMIT = 0.01;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Interruption interruption = Interruption.announce(spec.commandLine().getErr(), "");
        try (interruption) {
            return measure(spec.commandLine().getOut());
        }
    }

    private static int measure(PrintWriter out) throws IOException {
        print(out, "", "step, ms", "worker, us", "coordinator, us", "scrape, ms", "tensors", "% of a step", "of 1.5 s");
        boolean within = true;
        for (MonitoringBenchmark.Model model : MonitoringBenchmark.Model.values()) {
            MonitoringBenchmark.Result result = MonitoringBenchmark.measure(model);
            double share = share(result, result.step());
            within &= share < LIMIT;
            print(
                    out,
                    model.name().toLowerCase(Locale.ROOT),
                    number(result.step() * 1e3),
                    number(result.worker() * 1e6),
                    number(result.coordinator() * 1e6),
                    number(result.scrape() * 1e3),
                    result.tensors(),
                    number(share * 100),
                    number(share(result, 1.5) * 100));
        }
        return within ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** As if all of it were on the step's own thread: a scrape every ten seconds costs each of them its part. */
    private static double share(MonitoringBenchmark.Result result, double step) {
        return (result.worker() + result.coordinator()) / step + result.scrape() / SCRAPE_INTERVAL_SECONDS;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static void print(PrintWriter out, Object... cells) {
        out.println(String.format(Locale.ROOT, "%-14s %10s %12s %16s %12s %8s %12s %10s", cells));
    }
}
