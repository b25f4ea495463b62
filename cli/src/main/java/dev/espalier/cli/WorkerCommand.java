package dev.espalier.cli;

import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.node.WorkerConfig;
import dev.espalier.worker.node.WorkerNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier worker}: a node that does what a coordinator hands out. */
@Command(
        name = "worker",
        description = {
            "Start a worker: it does what a coordinator hands out, and waits for one if there is none.",
            "On SIGTERM it finishes its step, gives its assignment back and leaves. Keys: espalier.worker-node in"
                    + " reference.conf."
        },
        mixinStandardHelpOptions = true)
final class WorkerCommand implements Callable<Integer> {
    @Option(
            names = "--coordinator",
            paramLabel = "HOST:PORT",
            description = "A coordinator to report to; may be given several times. Default: 127.0.0.1:7701.")
    private List<String> coordinators = new ArrayList<>();

    @Mixin
    private NodeOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> overrides = new ArrayList<>(options.overrides());
        if (!coordinators.isEmpty()) {
            overrides.add("coordinators=" + String.join(",", coordinators));
        }
        WorkerConfig config = NodeConfigReader.worker(options.file(), overrides);
        NodeLog.begin();
        WorkerNode node = WorkerNode.start(config, Methods.work(), true);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(node), "end-of-worker"));
        spec.commandLine()
                .getErr()
                .println("espalier: worker at " + node.node().address() + ", readiness at " + node.httpScheme() + "://"
                        + config.http().host() + ":" + node.httpPort() + "/ready");
        return NodeProcess.untilItEnds();
    }

    /** A step that outlasts all patience is left, as by a kill: its assignment is another's by now. */
    private static void end(WorkerNode node) {
        if (!node.comesToRest()) {
            Interruption.endNow(Interruption.EXIT_CODE);
        }
    }
}
