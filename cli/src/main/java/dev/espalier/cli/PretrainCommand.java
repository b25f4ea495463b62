package dev.espalier.cli;

import dev.espalier.protocol.config.PretrainConfigReader;
import dev.espalier.protocol.config.ResolvedPretrain;
import dev.espalier.worker.pretrain.Pretraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier pretrain}: a small LLaMA from scratch. */
@Command(
        name = "pretrain",
        description = "Train a small LLaMA from scratch. The same command resumes from the last checkpoint.",
        mixinStandardHelpOptions = true)
public final class PretrainCommand implements Callable<Integer> {
    private static final String GOES_ON = "the same command again goes on from the last checkpoint";

    @Parameters(paramLabel = "CONFIG", description = "Configuration file (keys: espalier.pretrain in reference.conf).")
    private Path config;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder of the new model.")
    private Path out;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override a key of the file.")
    private List<String> overrides = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        ResolvedPretrain resolved = PretrainConfigReader.read(config, overrides);
        int interval = resolved.config().logInterval();
        PrintWriter err = spec.commandLine().getErr();
        Interruption interruption = Interruption.announce(err, GOES_ON);
        try (interruption) {
            Pretraining.run(resolved, out, (step, steps, loss, rate, tokensPerSecond) -> {
                if ((step + 1) % interval == 0 || step + 1 == steps) {
                    err.println(String.format(
                            Locale.ROOT,
                            "step %d/%d  loss %.4f  learning rate %.2e  %.0f tokens/s",
                            step + 1,
                            steps,
                            loss,
                            rate,
                            tokensPerSecond));
                }
            });
        }
        err.println("model written to " + out);
        return ExitCode.DONE;
    }
}
