package dev.espalier.coordinator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.local.LocalCluster;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.pattern.StatusReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator with two hundred runs, all of which write their first events at once, through one connection. */
class ManyRunsTest {
    private static final int RUNS = 200;
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private ResolvedRun config;
    private LocalCluster cluster;
    private TestProbe<StatusReply<RunStatus>> client;

    @Test
    void allBeginAndAllGoOnWhenTheirCoordinatorIsStartedAgain() throws Exception {
        config = RunConfigReader.submitted(TestCoordinator.config("run"), folder);
        List<ActorRef<RunCommand>> runs = start();
        for (int i = 0; i < RUNS; i++) {
            String directory =
                    Files.createDirectories(folder.resolve("runs/run-" + i)).toString();
            runs.get(i)
                    .tell(new RunCommand.Submit("run-" + i, directory, config.text(), Optional.empty(), client.ref()));
        }
        expectRunning();
        cluster.close();

        start().forEach(run -> run.tell(new RunCommand.GetStatus(client.ref())));
        expectRunning();
        cluster.close();
    }

    private List<ActorRef<RunCommand>> start() throws IOException {
        cluster = LocalCluster.start(folder);
        ActorSystem<Void> system = cluster.system();
        client = TestProbe.create(system);
        ActorRef<Workforce.Command> workforce = system.systemActorOf(
                Workforce.create(
                        new Workforce.Settings(Duration.ofMinutes(5), false), new WorkforceMeters(Meters.none())),
                "workforce",
                Props.empty());
        List<ActorRef<RunCommand>> runs = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            Run.Setup setup = new Run.Setup(
                    workforce,
                    RunListener.NONE,
                    // The journal is to be busy, not the reader of configurations.
                    text -> config.config(),
                    TeachingMethod.STAGES,
                    Path::of,
                    Optional.empty(),
                    TestCoordinator.PATIENCE,
                    Optional.empty(),
                    Clock.systemUTC());
            runs.add(system.systemActorOf(
                    Run.create("run-" + i, setup),
                    "run-" + i,
                    DispatcherSelector.fromConfig("pekko.actor.default-dispatcher")));
        }
        return runs;
    }

    private void expectRunning() {
        long start = System.nanoTime();
        for (StatusReply<RunStatus> reply : client.receiveSeveralMessages(RUNS, LONG)) {
            assertThat(reply.getValue().state()).isEqualTo("RUNNING");
        }
        System.err.println(RUNS + " runs answered in "
                + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
    }
}
