package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A regression on masks that several processes measure. */
@Tag("endurance")
class BonsaiClusterTest {
    private static final Duration LONG = TinyCluster.LONG;
    private static final int STEPS = 60;

    @TempDir
    Path folder;

    private TinyCluster cluster;

    @BeforeEach
    void prepare() throws IOException {
        cluster = new TinyCluster(folder, "bonsai-cluster-test");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void severalWorkersMeasureTheMasksOfOneRunAndTheLossOfOneIsMadeUpFor() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle first = cluster.startWorker("first", "see-run-folders=false");
        cluster.startWorker("second", "see-run-folders=false");
        Eventually.holds(LONG, () -> cluster.workers() == 2);
        cluster.submit(
                "stages=[calibrate,prune,export]",
                "prune.method=bonsai",
                "prune.bonsai={round=0.1,ffn-block=4}",
                "prune.steps=" + STEPS,
                "prune.initialise-from=magnitude",
                "export.uniform=false",
                "cluster.inner-steps=1");
        cluster.awaitTraining();
        first.kill();
        cluster.startWorker("third", "see-run-folders=false");
        cluster.awaitState("COMPLETED");

        assertThat(cluster.steps("prune"))
                .as("each step once, in whatever order")
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, STEPS).boxed().toList());
        assertThat(cluster.manifest().at("/parameters/sparsity").asDouble()).isCloseTo(0.3, Offset.offset(0.04));
        assertThat(cluster.tiny().out().resolve("export/hf/model.safetensors")).exists();
    }
}
