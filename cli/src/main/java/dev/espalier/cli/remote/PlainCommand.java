package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.ExitCode;
import java.io.IOException;
import picocli.CommandLine.Parameters;

/** A word that is said to a run, and its answer. */
abstract class PlainCommand extends RemoteCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(paramLabel = "RUN", description = "The run's name; 'espalier ls' has them all.")
    private String run;

    /** The command's name, here and in the API. */
    abstract String word();

    /** What there is to say besides. */
    ObjectNode body() {
        return JSON.createObjectNode();
    }

    @Override
    final int call(Coordinator coordinator) throws IOException, InterruptedException {
        JsonNode manifest = coordinator.post("/runs/" + Coordinator.segment(run) + "/" + word(), body());
        print(manifest, RunSentence.of(manifest));
        return ExitCode.DONE;
    }
}
