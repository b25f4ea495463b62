package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.RunCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong on a worker's machine ends the stage with a cause that a person can act on, and {@code resume} goes on
 * after the repair. (A full disk: {@link FullDiskRunTest}.)
 */
@Tag("endurance")
class RepairedWorkerTest {
    @TempDir
    Path folder;

    private TinyCluster cluster;

    @BeforeEach
    void prepare() throws IOException {
        cluster = new TinyCluster(folder, "repaired-worker-test");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aTextThatCannotBeRead() throws Exception {
        Path text = folder.resolve("text.txt");
        Path elsewhere = Files.move(text, folder.resolve("elsewhere.txt"));
        cluster.startCoordinator();
        cluster.startWorker("without-text");
        cluster.submit();
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains(text.toString(), "does not exist");

        Files.createDirectory(text);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains(text.toString(), "holds no text");

        Files.delete(text);
        Files.move(elsewhere, text);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("COMPLETED");
    }

    @Test
    void aModelThatDoesNotFitIntoMemory() throws Exception {
        Path weights = folder.resolve("model/model.safetensors");
        Path config = folder.resolve("model/config.json");
        byte[] rightWeights = Files.readAllBytes(weights);
        byte[] rightConfig = Files.readAllBytes(config);
        LargeModel.in(folder.resolve("model"));
        cluster.startCoordinator();
        cluster.startWorker("small");
        cluster.submit();
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest())
                .contains(folder.resolve("model").toString(), "GiB of memory, and only", "model.dtype = bf16");

        Files.write(weights, rightWeights);
        Files.write(config, rightConfig);
        cluster.tell(RunCommand.Resume::new);
        cluster.awaitState("COMPLETED");
    }

    @Test
    void aModelThatIsNotTheOneOfTheRun() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle first = cluster.startWorker("worker");
        cluster.submit("prune.steps=400");
        cluster.awaitTraining();
        first.kill();
        Path weights = folder.resolve("model/model.safetensors");
        byte[] right = Files.readAllBytes(weights);
        byte[] wrong = right.clone();
        wrong[wrong.length - 1] ^= 1;
        Files.write(weights, wrong);
        cluster.startWorker("stranger");
        cluster.awaitState("FAILED");
        assertThat(cluster.status().manifest()).contains("not the one that the run began with", "sha256sum");

        Files.write(weights, right);
        cluster.tell(RunCommand.Resume::new);
        int before = cluster.steps("prune").size();
        Eventually.holds(TinyCluster.LONG, () -> cluster.steps("prune").size() > before);
    }
}
