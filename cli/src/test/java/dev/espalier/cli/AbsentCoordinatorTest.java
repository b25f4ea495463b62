package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator is away for a while; cut off without a word: {@link PartitionTest}. */
class AbsentCoordinatorTest {
    @TempDir
    Path folder;

    @Test
    void workersWaitForACoordinatorThatWasStoppedAndGoOnWithIt() throws Exception {
        try (TinyCluster cluster = new TinyCluster(folder, "absent-coordinator-test")) {
            cluster.startCoordinator();
            NodeProcessHandle worker = cluster.startWorker("patient");
            cluster.submit("prune.steps=100");
            cluster.awaitTraining();

            cluster.stopCoordinator();
            Eventually.holds(TinyCluster.LONG, () -> worker.readiness().equals(Optional.of(503)));

            cluster.startCoordinator();
            cluster.awaitState("COMPLETED");
            assertThat(worker.process().isAlive()).isTrue();
            assertThat(worker.readiness()).contains(200);
            assertThat(cluster.steps("prune"))
                    .isEqualTo(IntStream.range(0, 100).boxed().toList());
        }
    }
}
