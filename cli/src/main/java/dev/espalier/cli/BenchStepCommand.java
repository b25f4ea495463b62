package dev.espalier.cli;

import dev.espalier.methods.benchmark.StepBenchmark;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier bench-step}: our side of {@code benchmarks/nuteprune-step} and {@code benchmarks/pretrain-step}. */
@Command(name = "bench-step", hidden = true, description = "Time one training step at SmolLM2-135M's shape.")
public final class BenchStepCommand implements Callable<Integer> {
    enum Kind {
        nuteprune,
        pretrain,
        sheared
    }

    @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}")
    private Kind kind;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        StepBenchmark.Result result;
        Interruption interruption = Interruption.announce(spec.commandLine().getErr(), "");
        try (interruption) {
            result = switch (kind) {
                case nuteprune -> StepBenchmark.nuteprune();
                case pretrain -> StepBenchmark.pretrain();
                case sheared -> StepBenchmark.sheared();
            };
        }
        String form =
                json ? "{\"seconds_per_step\": %.4f, \"peak_rss_bytes\": %d}" : "%.3f s a step, peak memory %d bytes";
        System.out.println(String.format(Locale.ROOT, form, result.secondsPerStep(), result.peakRssBytes()));
        return 0;
    }
}
