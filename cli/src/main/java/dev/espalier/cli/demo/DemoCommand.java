package dev.espalier.cli.demo;

import dev.espalier.coordinator.report.ResultsText;
import dev.espalier.coordinator.report.RunReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code espalier demo}: a run of the whole main job on a model and a corpus that ship with Espalier, beside two
 * one-shot methods with the same recovery. It gives the commands that a user would give.
 */
@Command(
        name = "demo",
        description = "Prune the model that ships with Espalier to one half, beside two one-shot methods.",
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
    private static final List<String> MAGNITUDE =
            List.of("run.name=magnitude", "prune.method=magnitude", "prune.refit=false");
    private static final List<String> OBS = List.of("run.name=obs", "prune.method=obs");

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the demo (${DEFAULT-VALUE}).")
    private Path out = Path.of("runs", "demo");

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7700",
            description = "As of 'espalier prune': where each run serves its page (${DEFAULT-VALUE}); 0, or none.")
    private String port;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        DemoFolder.prepare(out);
        Path magnitude = out.resolve("one-shot-magnitude");
        Path obs = out.resolve("one-shot-obs");
        Path nuteprune = out.resolve("nuteprune");
        for (Run run : List.of(
                new Run(magnitude, MAGNITUDE), new Run(obs, OBS), new Run(nuteprune, List.of("run.name=nuteprune")))) {
            int code = prune(run);
            if (code != 0) {
                return code;
            }
        }
        RunReport report = RunReport.read(nuteprune, List.of(magnitude, obs));
        report.write(nuteprune);
        PrintWriter text = spec.commandLine().getOut();
        text.println();
        text.println(ResultsText.of(report.data().rows()));
        text.println("report: " + nuteprune.resolve(RunReport.REPORT));
        text.println("try:    ./espalier generate " + nuteprune.resolve(RunReport.EXPORT)
                + " --prompt \"Once upon a time\"");
        return 0;
    }

    private record Run(Path folder, List<String> overrides) {}

    private int prune(Run run) {
        List<String> arguments =
                new ArrayList<>(List.of("prune", out.resolve(DemoFolder.CONFIG).toString()));
        for (String override : run.overrides()) {
            arguments.addAll(List.of("--set", override));
        }
        arguments.addAll(List.of("--out", run.folder().toString(), "--port", port));
        CommandLine espalier = spec.commandLine().getParent();
        espalier.getErr().println("$ espalier " + String.join(" ", arguments));
        return espalier.execute(arguments.toArray(String[]::new));
    }
}
