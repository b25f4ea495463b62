package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.progress.ByteSize;
import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier rm}: a run of this machine by its folder, or one of a coordinator by its name. */
@Command(
        name = "rm",
        description = {
            "Remove a run: delete what it made, and free its name.",
            "Refused while it is at work. What else lies in its folder stays."
        },
        mixinStandardHelpOptions = true)
public final class RmCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(
            paramLabel = "RUN",
            description =
                    "Folder of a run that 'espalier prune' made, such as runs/NAME; or, without a slash, the name of"
                            + " a coordinator's run.")
    private String run;

    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    private boolean json;

    @Mixin
    private RemoteOptions remote;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        JsonNode removal = run.contains("/") || run.contains(File.separator) ? local() : removed();
        spec.commandLine().getOut().println(json ? removal.toPrettyString() : words(removal));
        return ExitCode.DONE;
    }

    private JsonNode local() throws IOException {
        RunRemoval removal = RunRemoval.ofLocal(Path.of(run).toAbsolutePath().normalize());
        ObjectNode document = JSON.createObjectNode().put("run", run).put("bytes", removal.bytes());
        removal.left().forEach(path -> document.withArray("left").add(path.toString()));
        return document;
    }

    private JsonNode removed() throws IOException, InterruptedException {
        try {
            return remote.coordinator().post("/runs/" + Coordinator.segment(run) + "/remove", JSON.createObjectNode());
        } catch (Coordinator.Unreachable e) {
            Path local = Path.of("runs", run);
            if (Files.exists(local.resolve(RunLayout.CONFIG))) {
                throw new UserError(
                        "a name means a coordinator's run; the one of 'espalier prune' is removed with"
                                + " 'espalier rm " + local + "'",
                        e);
            }
            throw e.asUserError();
        }
    }

    private static String words(JsonNode removal) {
        StringBuilder words = new StringBuilder("removed "
                + removal.path("run").asText() + ", "
                + ByteSize.of(removal.path("bytes").asLong()));
        removal.path("left").forEach(path -> words.append(System.lineSeparator())
                .append("left, since no run made it: ")
                .append(path.asText()));
        return words.toString();
    }
}
