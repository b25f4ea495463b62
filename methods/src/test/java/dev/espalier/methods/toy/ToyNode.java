package dev.espalier.methods.toy;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.config.MethodCatalogue;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.node.WorkerNode;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code espalier prune}, {@code coordinator} and {@code worker} with the toys installed, each as a process of its own. */
final class ToyNode {
    private static final StageKinds KINDS =
            StageKinds.of(List.of(new ToyMethod())).with(new ToyStage());

    private ToyNode() {}

    /**
     * Starts one.
     *
     * @param folder for what installs the toys, and for what the process prints
     * @param name of the file for that
     * @param hold see {@link Hold}
     */
    static Process start(Path folder, String name, Path hold, Object... arguments) throws IOException {
        Path services = Files.createDirectories(folder.resolve("installed/META-INF/services"));
        Files.writeString(services.resolve(MethodCatalogue.class.getName()), ToyCatalogue.class.getName() + "\n");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Despalier.coordinator.worker-lease=3s",
                "-D" + Hold.FOLDER + "=" + hold,
                "-cp",
                folder.resolve("installed")
                        + System.getProperty("path.separator")
                        + System.getProperty("java.class.path"),
                ToyNode.class.getName()));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(folder.resolve(name).toFile()));
        builder.environment().put("OMP_NUM_THREADS", "1");
        return builder.start();
    }

    /** @param args what it is, then for a local run its configuration and folder, for a node its settings */
    public static void main(String[] args) throws Exception {
        List<String> rest = List.of(args).subList(1, args.length);
        switch (args[0]) {
            case "prune" -> prune(Path.of(args[1]), Path.of(args[2]));
            case "coordinator" ->
                CoordinatorNode.start(
                        NodeConfigReader.coordinator(Optional.empty(), rest), KINDS, true, run -> RunListener.NONE);
            case "worker" ->
                WorkerNode.start(NodeConfigReader.worker(Optional.empty(), rest), ToyWork.repertoire(), true);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void prune(Path config, Path out) throws IOException, InterruptedException {
        ResolvedRun run = RunConfigReader.read(config, List.of(), Optional.of(out));
        RunOutcome outcome = LocalRun.execute(
                run,
                KINDS,
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(ToyWork.repertoire()), Meters.none()),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
        if (!outcome.equals(RunOutcome.COMPLETED)) {
            throw new IllegalStateException(outcome.toString());
        }
    }
}
