package dev.espalier.cli;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.node.CoordinatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code espalier coordinator}: a node that runs are submitted to. */
@Command(
        name = "coordinator",
        description = {
            "Start a coordinator: it keeps runs, and gives their work to workers.",
            "Runs that were under way when it stopped go on by themselves. Keys: espalier.coordinator-node in"
                    + " reference.conf."
        },
        mixinStandardHelpOptions = true)
final class CoordinatorCommand implements Callable<Integer> {
    @Mixin
    private NodeOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        CoordinatorConfig config = NodeConfigReader.coordinator(options.file(), options.overrides());
        Files.createDirectories(config.data());
        NodeLog.begin();
        CoordinatorNode node = CoordinatorNode.start(config, Methods.stages(), true, run -> RunListener.NONE);
        spec.commandLine()
                .getErr()
                .println("espalier: coordinator at " + node.node().address() + ", page and API at " + node.uri());
        return NodeProcess.untilItEnds();
    }
}
