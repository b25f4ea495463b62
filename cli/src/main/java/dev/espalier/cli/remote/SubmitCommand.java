package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.StageOption;
import dev.espalier.cli.targets.MeasuredSpeeds;
import dev.espalier.cli.targets.Targets;
import dev.espalier.protocol.Stage;
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
            "The run's name is the last word that is printed. Submitting the same run again goes on with it; what has",
            "changed in the configuration meanwhile is done again, with all that follows from it.",
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

    @Option(
            names = "--retry",
            paramLabel = "STAGE",
            converter = StageOption.class,
            description = "Do this stage again, and those after it; needed where a changed configuration would throw"
                    + " training away.")
    private Stage retry;

    @Override
    int call(Coordinator coordinator) throws IOException, InterruptedException {
        ResolvedRun run = Targets.resolved(
                RunConfigReader.read(config, overrides, Optional.empty()),
                MeasuredSpeeds.known(MeasuredSpeeds.usual()));
        ObjectNode submission = JSON.createObjectNode().put("config", run.text());
        if (retry != null) {
            submission.put("retry", retry.word());
        }
        JsonNode manifest = coordinator.post("/runs", submission);
        print(manifest, "submitted " + manifest.path("run").asText());
        return ExitCode.DONE;
    }
}
