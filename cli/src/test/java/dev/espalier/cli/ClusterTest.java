package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator in this process and workers in processes of their own, on the tiny model. */
class ClusterTest {
    private static final Duration LONG = TinyCluster.LONG;

    @TempDir
    Path folder;

    private TinyCluster cluster;

    @BeforeEach
    void prepare() throws IOException {
        cluster = new TinyCluster(folder, "cluster-test");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aWorkerThatIsStartedFirstWaitsForTheCoordinatorAndDoesItsWork() throws Exception {
        // It never sees the run folder: all goes over the data plane.
        NodeProcessHandle worker = cluster.startWorker("early", "see-run-folders=false");
        Eventually.holds(LONG, () -> worker.readiness().equals(Optional.of(503)));
        cluster.startCoordinator();
        Eventually.holds(LONG, () -> worker.readiness().equals(Optional.of(200)));
        cluster.submit();
        cluster.awaitState("COMPLETED");
        assertThat(cluster.steps("prune")).containsExactly(0, 1, 2, 3, 4, 5);

        assertThat(student())
                .as("one worker over the cluster trains as one process does, bit for bit")
                .isEqualTo(studentOfOneProcess());
    }

    @Test
    @Tag("endurance")
    void aStageThatGoesOnFromAnEarlierVersionEndsWithTheSameStudent() throws Exception {
        cluster.startCoordinator();
        cluster.startWorker("rewound", "see-run-folders=false");
        cluster.submit();
        cluster.awaitState("COMPLETED");
        JsonNode first = student();
        int lastOfPruning = 3;
        cluster.tell(replyTo -> new RunCommand.Retry(Stage.RECOVER, OptionalInt.of(lastOfPruning + 2), replyTo));
        cluster.awaitState("COMPLETED");
        assertThat(cluster.steps("recover")).as("each step once").containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(student()).isEqualTo(first);
    }

    @Test
    void aRunWithoutWorkersWaitsAndSaysForWhat() throws Exception {
        cluster.startCoordinator();
        cluster.submit();
        Eventually.holds(LONG, () -> cluster.status().manifest().contains("no worker is here"));
        assertThat(cluster.status().state()).isEqualTo("RUNNING");
    }

    @Test
    @Tag("endurance")
    void severalWorkersTrainOneRunAndTheLossOfOneIsMadeUpFor() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle first = cluster.startWorker("first");
        NodeProcessHandle second = cluster.startWorker("second");
        Eventually.holds(LONG, () -> cluster.workers() == 2);
        cluster.submit("prune.steps=40", "recover.steps=20");
        cluster.awaitTraining();
        first.kill();
        NodeProcessHandle third = cluster.startWorker("third");
        Eventually.holds(LONG, () -> third.readiness().equals(Optional.of(200)));
        cluster.awaitState("COMPLETED");
        assertThat(cluster.steps("prune")).hasSize(40).doesNotHaveDuplicates();
        assertThat(cluster.steps("recover")).hasSize(20).doesNotHaveDuplicates();
        second.terminate();
        Eventually.holds(LONG, () -> cluster.workers() == 1);
    }

    @Test
    void aWorkerThatIsToldToStopGivesItsAssignmentBackAndLeaves() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle leaver = cluster.startWorker("leaver");
        cluster.submit("prune.steps=400");
        cluster.awaitTraining();
        leaver.terminate();
        Eventually.holds(LONG, () -> cluster.workers() == 0);
        Eventually.holds(LONG, () -> cluster.status().manifest().contains("no worker is here"));
        assertThat(cluster.status().state()).as("nothing has failed").isEqualTo("RUNNING");
        assertThat(Files.readString(leaver.log())).doesNotContain("Exception");
    }

    private JsonNode student() throws IOException {
        return cluster.manifest().at("/student/sha256");
    }

    private JsonNode studentOfOneProcess() throws IOException {
        TinyRun alone = TinyRun.in(Files.createDirectory(folder.resolve("alone")));
        Cli command = alone.prune("run.name=tiny");
        assertThat(command.code()).as(command.err()).isZero();
        return alone.manifest().at("/student/sha256");
    }
}
