package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator is away for a while; cut off without a word: {@link PartitionTest}. */
@Tag("endurance")
class AbsentCoordinatorTest {
    @TempDir
    Path folder;

    /** How long the coordinator stays away once its worker has noticed: minutes in continuous integration. */
    private static final int SECONDS = Integer.parseInt(
            Optional.ofNullable(System.getenv("ESPALIER_ABSENCE_SECONDS")).orElse("0"));

    @Test
    void workersWaitForACoordinatorThatWasStoppedAndGoOnWithIt() throws Exception {
        try (TinyCluster cluster = new TinyCluster(folder, "absent-coordinator-test")) {
            cluster.startCoordinator();
            NodeProcessHandle worker = cluster.startWorker("patient");
            cluster.submit("prune.steps=100");
            cluster.awaitTraining();

            cluster.stopCoordinator();
            Eventually.holds(TinyCluster.LONG, () -> worker.readiness().equals(Optional.of(503)));

            TimeUnit.SECONDS.sleep(SECONDS);

            cluster.startCoordinator();
            cluster.awaitState("COMPLETED");
            assertThat(worker.process().isAlive()).isTrue();
            assertThat(worker.readiness()).contains(200);
            assertThat(cluster.steps("prune"))
                    .isEqualTo(IntStream.range(0, 100).boxed().toList());
        }
    }
}
