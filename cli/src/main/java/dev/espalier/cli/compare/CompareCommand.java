package dev.espalier.cli.compare;

import dev.espalier.cli.ExitCode;
import dev.espalier.cli.PagePort;
import dev.espalier.cli.targets.MeasuredSpeeds;
import dev.espalier.coordinator.journal.FolderLock;
import dev.espalier.coordinator.report.ComparedRun;
import dev.espalier.coordinator.report.ComparisonReport;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code espalier compare}: the same run by several methods, and at several sparsities, one after another. */
@Command(
        name = "compare",
        description = {
            "Prune a model by several methods, and compare what comes of it.",
            "The configuration's run is done by each method at each sparsity, one after another, all else being equal. The",
            "same command again goes on where it stopped: what has completed is not done again, what has failed is tried",
            "again. All configurations are checked before the first run starts. A run that fails is told in the table, and",
            "the others go on."
        },
        footer = {
            "",
            "Examples:",
            "  espalier compare my.conf --methods obs,flap,magnitude",
            "  espalier compare my.conf --methods obs,layers --sparsity 0.1,0.2,0.3 --out runs/depth-or-width",
            "  espalier compare my.conf --methods flap,nuteprune --set recover.steps=100 --set flap:prune.refit=false",
            "",
            "Exit code: 0 all runs completed, 1 one has failed, 2 the input is wrong."
        },
        mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
    @Parameters(paramLabel = "CONFIG", description = "The runs' configuration (HOCON), as for 'espalier prune'.")
    private Path config;

    @Option(
            names = "--methods",
            paramLabel = "METHOD",
            split = ",",
            required = true,
            description = "Values of prune.method, with commas between them.")
    private List<String> methods = new ArrayList<>();

    @Option(
            names = "--sparsity",
            paramLabel = "SHARE",
            split = ",",
            converter = Share.class,
            description = {
                "Values of prune.target.sparsity, with commas between them, as in 0.1,0.2.",
                "Default: what the configuration says."
            })
    private List<BigDecimal> targets = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "[METHOD:]KEY=VALUE",
            description = {
                "Beats the file, as in --set prune.steps=100; with a method before it for the runs of that method only,",
                "as in --set flap:prune.refit=false. May be given several times."
            })
    private List<String> overrides = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of the comparison, with a run folder for each run. Default: runs/NAME-compared.")
    private Path out;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7700",
            converter = PagePort.Converter.class,
            description = "As of 'espalier prune': where each run serves its page (${DEFAULT-VALUE}); 0, or none.")
    private PagePort port;

    @Option(names = "--json", description = "Print one JSON document instead of a table.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Reads a share; whether it can be reached, the configuration's rules tell. */
    static final class Share implements ITypeConverter<BigDecimal> {
        @Override
        public BigDecimal convert(String text) {
            if (!text.matches("[0-9]{0,3}[.]?[0-9]{1,9}")) {
                throw new TypeConversionException("must be a share such as 0.2, and not " + text);
            }
            return new BigDecimal(text);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        differ("--methods", methods);
        differ(
                "--sparsity",
                targets.stream().map(BigDecimal::stripTrailingZeros).toList());
        PrintWriter err = spec.commandLine().getErr();
        Grid grid = Grid.read(
                config,
                methods,
                targets,
                Overrides.of(overrides, methods, !targets.isEmpty()),
                Optional.ofNullable(out),
                MeasuredSpeeds.measuring(MeasuredSpeeds.usual(), err));
        ComparisonFolder.check(grid.folder());
        ComparisonRuns runs = ComparisonRuns.checked(grid, err);
        FolderLock lock = ComparisonFolder.claim(grid.folder());
        try (lock) {
            return told(grid, runs.execute(port));
        }
    }

    private static void differ(String option, List<?> values) {
        if (new HashSet<>(values).size() < values.size()) {
            throw new UserError(option + " names one of its values twice: each makes one run");
        }
    }

    private int told(Grid grid, ComparisonReport report) {
        PrintWriter out = spec.commandLine().getOut();
        List<ComparedRun> standing = report.comparison().runs().stream()
                .filter(run -> !run.completed())
                .toList();
        if (json) {
            out.println(report.json().toPrettyString());
        } else {
            out.println(report.text());
            standing.forEach(
                    run -> out.println(run.label() + ": " + run.absence().orElseThrow()));
            out.println("report: " + grid.folder().resolve(ComparisonReport.PAGE));
            out.println("table:  " + grid.folder().resolve(ComparisonReport.TABLE));
        }
        return standing.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
