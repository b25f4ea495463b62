package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run in a process of its own that ends in the middle of a stage, as one that is killed. */
public final class HaltedRun {
    private static final int HALTED = 9;

    private HaltedRun() {}

    /**
     * Runs {@code main} in another process, which must end in {@link #execute}.
     *
     * @param folder has the model
     * @param arguments that main is given behind its folder
     * @return that process's folder, with the same model, from where the run is to go on
     */
    public static Path in(Path folder, Class<?> main, String... arguments) throws IOException, InterruptedException {
        Path killed = Files.createDirectories(folder.resolve("killed"));
        Files.createSymbolicLink(killed.resolve("model"), folder.resolve("model"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                killed.toString()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        int code = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        assertThat(code).as(Files.readString(output)).isEqualTo(HALTED);
        return killed;
    }

    /** Ends this process as soon as the run tells of that step. */
    public static void execute(ResolvedRun run, Stage stage, int step) throws IOException, InterruptedException {
        LocalRuns.execute(run, new RunListener() {
            @Override
            public void stepped(StepMetrics metrics) {
                if (metrics.stage().equals(stage) && metrics.step() == step) {
                    Runtime.getRuntime().halt(HALTED);
                }
            }
        });
    }
}
