package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.cli.ExitCode;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code espalier submit}: the configuration is filled in here, where its includes, environment and relative paths
 * mean what its author meant, and judged again by the coordinator.
 */
@Command(
        name = "submit",
        description = {
            "Have a coordinator execute a run.",
            "The run's name is the last word that is printed. Submitting the same run again goes on with it.",
            "Paths must be the same for the coordinator and its workers as here."
        },
        mixinStandardHelpOptions = true)
public final class SubmitCommand extends RemoteCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(paramLabel = "CONFIG", description = "The run's configuration (HOCON); examples/ has some to copy.")
    private Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Beats the file, as in --set prune.steps=100; may be given several times.")
    private List<String> overrides = new ArrayList<>();

    @Override
    int call(Coordinator coordinator) throws IOException, InterruptedException {
        ResolvedRun run = RunConfigReader.read(config, overrides, Optional.empty());
        JsonNode manifest = coordinator.post("/runs", JSON.createObjectNode().put("config", run.text()));
        print(manifest, "submitted " + manifest.path("run").asText());
        return ExitCode.DONE;
    }
}
