package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code espalier retry}. */
@Command(
        name = "retry",
        description = "Do a stage again from its start; the stages after it follow again.",
        mixinStandardHelpOptions = true)
public final class RetryCommand extends PlainCommand {
    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            required = true,
            description = "calibrate, prune, recover, export or evaluate.")
    private String stage;

    @Override
    String word() {
        return "retry";
    }

    @Override
    ObjectNode body() {
        return super.body().put("stage", stage);
    }
}
