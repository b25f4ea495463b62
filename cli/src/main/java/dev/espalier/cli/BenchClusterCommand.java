package dev.espalier.cli;

import dev.espalier.coordinator.simulation.Scenario;
import dev.espalier.coordinator.simulation.Simulation;
import dev.espalier.coordinator.simulation.Subject;
import dev.espalier.methods.Methods;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier bench-cluster}: how much a coordinator can take, for {@code benchmarks/cluster-simulation}. */
@Command(
        name = "bench-cluster",
        hidden = true,
        description = "Measure the coordinator against simulated workers.",
        mixinStandardHelpOptions = true)
final class BenchClusterCommand implements Callable<Integer> {
    private static final int SLICE_OF_PARTITIONED = 2000;
    private static final int SLICES_OF_PARTITIONED = 12;

    @Option(names = "--workers", split = ",", defaultValue = "4,16,64,256", description = "Numbers of workers.")
    private List<Integer> workers;

    @Option(
            names = "--trainables",
            split = ",",
            defaultValue = "100000,5000000",
            description = "Numbers that training changes.")
    private List<Integer> trainables;

    @Option(names = "--slice", defaultValue = "200", description = "Milliseconds that a slice of training takes.")
    private int slice;

    @Option(names = "--slices", defaultValue = "400", description = "Slices of each run.")
    private int slices;

    @Option(
            names = "--units",
            split = ",",
            description = "Instead of training: runs by masks drawn of so many units, whose workers return losses.")
    private List<Integer> units = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (!units.isEmpty()) {
            sampled(out);
            return ExitCode.DONE;
        }
        out.println("| trainables | workers | merges/s | merged MB/s | could be merges/s | recovery s | repeated |");
        out.println("|---|---|---|---|---|---|---|");
        for (int size : trainables) {
            for (int count : workers) {
                out.println(lost(size, count));
            }
        }
        out.println();
        out.println("| workers | cut off | recovery s | repeated | fenced | back at work after s |");
        out.println("|---|---|---|---|---|---|");
        for (int count : workers) {
            out.println(cutOff(trainables.get(0), count));
        }
        return ExitCode.DONE;
    }

    /** From some length of a slice on the coordinator keeps up with all workers, and none waits for another. */
    private void sampled(PrintWriter out) throws IOException, InterruptedException {
        out.println("| units | workers | merges/s | could be merges/s | all busy with slices of s |");
        out.println("|---|---|---|---|---|");
        for (int size : units) {
            for (int count : workers) {
                Duration takes = Duration.ofMillis(slice);
                Scenario scenario = new Scenario(count, 100, takes, slices, Scenario.Trouble.NONE);
                double found = simulate(scenario, Methods.sampling(size)).mergesPerSecond();
                double most = scenario.slicesPerSecond();
                double busy = most / found * slice / 1000;
                out.printf(Locale.ROOT, "| %,d | %d | %.1f | %.1f | %.1f |%n", size, count, found, most, busy);
                out.flush();
            }
        }
    }

    private String lost(int size, int count) throws IOException, InterruptedException {
        Simulation.Outcome outcome =
                simulate(new Scenario(count, size, Duration.ofMillis(slice), slices, Scenario.Trouble.LOST));
        return String.format(
                Locale.ROOT,
                "| %,d | %d | %.1f | %.0f | %.0f | %.1f | %d |",
                size,
                count,
                outcome.mergesPerSecond(),
                outcome.mergesPerSecond() * size * Float.BYTES / 1e6,
                count * 1000.0 / slice,
                outcome.recoverySeconds(),
                outcome.repeated());
    }

    /** The run has to outlast the partition: longer slices, and many for each worker. */
    private String cutOff(int size, int count) throws IOException, InterruptedException {
        Duration longer = Duration.ofMillis(SLICE_OF_PARTITIONED);
        Scenario scenario = new Scenario(count, size, longer, SLICES_OF_PARTITIONED * count, Scenario.Trouble.CUT_OFF);
        Simulation.Outcome outcome = simulate(scenario);
        return String.format(
                Locale.ROOT,
                "| %d | %d | %.1f | %d | %d | %.1f |",
                count,
                scenario.troubled(),
                outcome.recoverySeconds(),
                outcome.repeated(),
                outcome.fenced(),
                outcome.returnSeconds());
    }

    private static Simulation.Outcome simulate(Scenario scenario) throws IOException, InterruptedException {
        return simulate(scenario, Subject.TRAINING);
    }

    private static Simulation.Outcome simulate(Scenario scenario, Subject subject)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("espalier-simulation-");
        try {
            return Simulation.run(directory, scenario, subject);
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
