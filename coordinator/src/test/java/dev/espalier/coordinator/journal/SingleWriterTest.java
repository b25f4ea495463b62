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
import dev.espalier.protocol.config.RunConfigReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.pattern.StatusReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two halves of a cluster, each of which takes itself for the whole, on one journal. */
class SingleWriterTest {
    private static final String NAME = "contested";

    @TempDir
    Path folder;

    /** A coordinator that knows of no other. */
    private record Half(LocalCluster cluster, ActorRef<RunCommand> run, TestProbe<StatusReply<RunStatus>> client) {
        void tell(Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
            run.tell(command.apply(client.ref()));
        }

        String ask(Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
            tell(command);
            return client.receiveMessage().getValue().state();
        }
    }

    @Test
    void whoDidNotReadWhatTheOtherWroteOfARunCannotWriteToItAndStops() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            Journal journal = Journal.of(server.config(), folder, false);
            journal.open(Optional.empty());
            String config = RunConfigReader.submitted(TestCoordinator.config(NAME), folder)
                    .text();
            Half first = half(journal, "first");
            Half second = null;
            try {
                assertThat(first.ask(
                                ref -> new RunCommand.Submit(NAME, folder.toString(), config, Optional.empty(), ref)))
                        .isEqualTo("RUNNING");
                second = half(journal, "second");
                assertThat(second.ask(RunCommand.Pause::new)).isEqualTo("PAUSED");
                first.tell(RunCommand.Pause::new);
                first.client().expectTerminated(first.run());
                first.client().expectNoMessage(Duration.ZERO);
                assertThat(second.ask(RunCommand.Resume::new)).isEqualTo("RUNNING");
                assertThat(sequence(server))
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(1, 4).boxed().toList());
            } finally {
                first.cluster().close();
                if (second != null) {
                    second.cluster().close();
                }
            }
        }
    }

    private static List<Long> sequence(PostgresServer server) throws Exception {
        try (Connection connection = server.connect()) {
            return StoredEvent.of(connection, "Run|" + NAME).stream()
                    .map(StoredEvent::sequence)
                    .toList();
        }
    }

    private Half half(Journal journal, String name) {
        LocalCluster cluster = LocalCluster.start(journal);
        ActorRef<Workforce.Command> workforce = cluster.system()
                .systemActorOf(
                        Workforce.create(
                                new Workforce.Settings(Duration.ofMinutes(5), false),
                                new WorkforceMeters(Meters.none())),
                        "workforce",
                        Props.empty());
        Run.Setup setup = new Run.Setup(
                workforce,
                RunListener.NONE,
                RunConfigReader::parse,
                TeachingMethod.STAGES,
                Path::of,
                Optional.empty(),
                TestCoordinator.PATIENCE,
                // A journal that is away for a while is waited for; a run that was taken over is let go.
                Optional.of(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(1), Duration.ofMillis(10), 0)),
                Clock.systemUTC());
        ActorRef<RunCommand> run = cluster.system().systemActorOf(Run.create(NAME, setup), name, Props.empty());
        return new Half(cluster, run, TestProbe.create(cluster.system()));
    }
}
