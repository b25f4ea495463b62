package dev.espalier.coordinator.register;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.local.LocalCluster;
import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.pattern.StatusReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The register on the real journal, with the test in the place of the runs. */
class RunRegisterTest {
    private static final Duration INTERVAL = Duration.ofMillis(50);

    @TempDir
    Path folder;

    private final BlockingQueue<String> looks = new LinkedBlockingQueue<>();
    private volatile CompletionStage<RunStatus> answer = neverSubmitted();

    private LocalCluster cluster;
    private ActorRef<RegisterCommand> register;

    @BeforeEach
    void start() throws IOException {
        cluster = LocalCluster.start(folder);
        register = cluster.system()
                .systemActorOf(
                        RunRegister.create(
                                run -> {
                                    looks.add(run);
                                    return answer;
                                },
                                INTERVAL,
                                InstantSource.system()),
                        "register",
                        Props.empty());
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aRunWhoseCommandGotLostWithItsCoordinatorIsLookedAfterAllTheSame() throws Exception {
        expect("pear");
        answer = CompletableFuture.completedFuture(new RunStatus("pear", "RUNNING", "{}"));
        register.tell(new RegisterCommand.Look("pear"));
        awaitState("pear", "RUNNING");
        // Nobody answers while the run moves to another coordinator, and nobody says what became of the command.
        answer = new CompletableFuture<>();
        expect("pear");
        looks.clear();
        awaitLook("pear");
        awaitLook("pear");
    }

    @Test
    void aRunThatIsBeingSubmittedIsNotForgottenBecauseItDoesNotKnowYet() throws Exception {
        expect("pear");
        awaitLook("pear");
        awaitLook("pear");
        assertThat(find("pear").run())
                .hasValueSatisfying(run -> assertThat(run.state()).isEqualTo("PENDING"));
    }

    private static CompletionStage<RunStatus> neverSubmitted() {
        return CompletableFuture.failedFuture(new StatusReply.ErrorMessage("there is no such run: submit it first"));
    }

    private void expect(String run) {
        TestProbe<StatusReply<Done>> probe = TestProbe.create(cluster.system());
        register.tell(new RegisterCommand.Expect(run, "/runs/" + run, probe.ref()));
        assertThat(probe.receiveMessage().isSuccess()).isTrue();
    }

    private RunLookup find(String run) {
        TestProbe<RunLookup> probe = TestProbe.create(cluster.system());
        register.tell(new RegisterCommand.Find(run, probe.ref()));
        return probe.receiveMessage();
    }

    private void awaitState(String run, String state) {
        TestProbe.create(cluster.system()).awaitAssert(() -> {
            assertThat(find(run).run().orElseThrow().state()).isEqualTo(state);
            return state;
        });
    }

    private void awaitLook(String run) throws InterruptedException {
        assertThat(looks.poll(1, TimeUnit.MINUTES)).isEqualTo(run);
    }
}
