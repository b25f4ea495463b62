package dev.espalier.methods.nuteprune.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Lora;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("endurance")
class SoakTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int STEPS = 1000;

    @TempDir
    private Path folder;

    /** In a process of its own with a heap of fixed size, so that what grows is not the heap. */
    @Test
    void aThousandStepsLeaveNoTensorAndNoMemoryBehind() throws IOException, InterruptedException {
        Process soak = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:MaxDirectMemorySize=16m",
                        "-Dai.djl.offline=true",
                        "-DOPT_OUT_TRACKING=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SoakTest.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(soak.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(soak.waitFor()).as(output).isZero();
        assumeThat(Files.isReadable(STATUS))
                .as("resident memory is only known where there is " + STATUS)
                .isTrue();
        String[] grown = output.strip().split("\\s+");
        assertThat(Long.parseLong(grown[grown.length - 1]))
                .as("kB more than after 200 steps")
                .isLessThan(30 * 1024);
    }

    /** Soaks in the folder that is the argument; the last word it prints is by how many kB it has grown. */
    public static void main(String[] args) throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        ResolvedRun run =
                TinyRun.config(Path.of(args[0]), "prune.steps=" + STEPS, "prune.granularity=[heads, ffn, hidden]");
        PrunableShape shape = TinyRun.shape(config, run);
        RunConfig.Lora lora = run.config().prune().lora();
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, true, 21)) {
            PruneTrainer trainer = new PruneTrainer(model, run.config(), shape, Optional.empty());
            int batch = run.config().prune().batchSize();
            try (GatedStudent student =
                    GatedStudent.fresh(Lora.fresh(model, lora, 4), MaskLogits.start(shape.filled(2)))) {
                int tensors = torch.tensors();
                long settled = 0;
                for (int step = 0; step < STEPS; step++) {
                    trainer.step(
                            student,
                            Variant.INTACT,
                            "intact",
                            step,
                            0.25 * step / STEPS,
                            TinyModel.tokens(config, batch, 16, (long) step * batch));
                    assertThat(torch.tensors()).isEqualTo(tensors);
                    if (step == 200) {
                        settled = residentKilobytes();
                    }
                }
                System.out.println(residentKilobytes() - settled);
            }
        }
    }

    /** 0 where it is not known. */
    private static long residentKilobytes() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
