package dev.espalier.methods.policygradient;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.worker.node.WorkerNode;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code espalier coordinator} and {@code worker}, each as a process of its own. */
final class PolicyGradientNode {
    private PolicyGradientNode() {}

    /** @param log for what it prints */
    static Process start(Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Despalier.coordinator.worker-lease=3s",
                "-cp",
                System.getProperty("java.class.path"),
                PolicyGradientNode.class.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
        builder.environment().put("OMP_NUM_THREADS", "1");
        return builder.start();
    }

    /** @param args what it is, then its settings */
    public static void main(String[] args) throws IOException {
        List<String> settings = List.of(args).subList(1, args.length);
        if (args[0].equals("coordinator")) {
            CoordinatorNode.start(
                    NodeConfigReader.coordinator(Optional.empty(), settings),
                    Methods.stages(),
                    true,
                    run -> RunListener.NONE);
        } else {
            WorkerNode.start(NodeConfigReader.worker(Optional.empty(), settings), Methods.work(), true);
        }
    }
}
