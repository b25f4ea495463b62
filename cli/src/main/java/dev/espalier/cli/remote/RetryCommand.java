package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code espalier retry}. */
@Command(
        name = "retry",
        description = "Do a stage again; the stages after it follow again.",
        mixinStandardHelpOptions = true)
public final class RetryCommand extends PlainCommand {
    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            required = true,
            description = "calibrate, prune, recover, export or evaluate; of a later round prune-2, recover-2 ..")
    private String stage;

    @Option(
            names = "--from",
            paramLabel = "CHECKPOINT",
            description = "Student version to go on from, one that the stage made and the run still keeps"
                    + " (checkpoint.keep). Default: the stage's start.")
    private Integer from;

    @Override
    String word() {
        return "retry";
    }

    @Override
    ObjectNode body() {
        ObjectNode body = super.body().put("stage", stage);
        return from == null ? body : body.put("from", from);
    }
}
