package dev.espalier.cli;

import dev.espalier.cli.targets.MeasuredSpeeds;
import dev.espalier.cli.targets.Targets;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What names a run on the command line. */
public final class RunOptions {
    @Parameters(paramLabel = "CONFIG", description = "The run's configuration (HOCON); examples/ has some to copy.")
    private Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Beats the file, as in --set prune.steps=100; may be given several times.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", description = "The run folder. Default: runs/NAME.")
    private Path out;

    /**
     * Reads it.
     *
     * @param err hears of what takes time
     * @throws dev.espalier.protocol.UserError if it is wrong, or its target cannot be reached
     */
    public ResolvedRun read(PrintWriter err) throws IOException {
        return Targets.resolved(
                RunConfigReader.read(config, overrides, Optional.ofNullable(out)),
                MeasuredSpeeds.measuring(MeasuredSpeeds.usual(), err));
    }
}
