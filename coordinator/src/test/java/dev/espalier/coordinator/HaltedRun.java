package dev.espalier.coordinator;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.stage.ToyStage;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process that dies without warning while an assignment is in flight. */
public final class HaltedRun {
    public static final int EXIT_CODE = 9;
    public static final String CONFIG_TEXT = "seed = 1, evaluate { limit = 5 }";

    private HaltedRun() {}

    /**
     * Executes a run of {@link #CONFIG_TEXT} in a process of its own.
     *
     * @param at the process dies when that is handed out
     * @return the exit code
     */
    public static int in(Path directory, List<Stage> stages, AssignmentKey at)
            throws IOException, InterruptedException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HaltedRun.class.getName(),
                        directory.toString(),
                        stages.stream().map(Stage::word).collect(Collectors.joining(",")),
                        at.stage().word(),
                        Long.toString(at.sequence()))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start()
                .waitFor();
    }

    /** @param args the run folder, the stages, and at which stage's which assignment it dies */
    public static void main(String[] args) throws Exception {
        RunConfigs configs = new RunConfigs();
        configs.stages = Stream.of(args[1].split(",")).map(Stage::written).toList();
        FakeWorker worker = new FakeWorker(assignment -> {
            AssignmentKey key = assignment.key();
            if (key.stage().word().equals(args[2]) && key.sequence() == Long.parseLong(args[3])) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
            return Optional.empty();
        });
        LocalRun.execute(
                new ResolvedRun(configs.build(), CONFIG_TEXT, Path.of(args[0])),
                ToyStage.STAGES,
                Optional.empty(),
                worker.behavior(),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
    }
}
