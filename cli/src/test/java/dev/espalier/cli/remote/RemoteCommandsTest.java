package dev.espalier.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.espalier.cli.Cli;
import dev.espalier.cli.Eventually;
import dev.espalier.cli.ExitCode;
import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.http.HttpSettings;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user gives them, against a real coordinator with a worker that is made up. */
class RemoteCommandsTest {
    @TempDir
    Path folder;

    private final Set<Stage> failing = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private TestCoordinator coordinator;

    @BeforeEach
    void start() throws IOException {
        coordinator = start(HttpSettings.local(0));
    }

    @AfterEach
    void stop() {
        gate.countDown();
        coordinator.close();
    }

    private TestCoordinator start(HttpSettings settings) throws IOException {
        return TestCoordinator.start(folder.resolve("coordinator"), settings, this::worker);
    }

    private Optional<Worker.Report> worker(Assignment assignment) {
        try {
            if (assignment.key().stage().equals(Stage.RECOVER)) {
                gate.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return failing.contains(assignment.key().stage())
                ? Optional.of(TestCoordinator.failure(assignment))
                : Optional.empty();
    }

    @Test
    void whoWatchesARunThatIsRemovedIsToldSo() throws Exception {
        gate = new CountDownLatch(1);
        submit("pear");
        CompletableFuture<Cli> watched = CompletableFuture.supplyAsync(() -> remote("watch", "pear"));
        Eventually.holds(Duration.ofMinutes(1), () -> coordinator.watchers() == 1);
        assertThat(remote("pause", "pear").code()).isZero();
        assertThat(remote("rm", "pear").code()).isZero();
        assertThat(watched.get(1, TimeUnit.MINUTES).code()).isEqualTo(ExitCode.FAILED);
        assertThat(watched.join().err()).contains("espalier: run pear was removed");
    }

    @Test
    void aRunIsSubmittedListedWatchedAndTold() throws Exception {
        Cli submitted = submit("pear");
        assertThat(submitted.code()).as(submitted.err()).isZero();
        assertThat(submitted.out().strip()).endsWith(" pear");

        Cli watched = remote("watch", "pear");
        assertThat(watched.code()).as(watched.err()).isEqualTo(ExitCode.DONE);
        assertThat(watched.out()).contains("run pear is COMPLETED", "evaluate    COMPLETED", "80 parameters");

        Cli status = remote("status", "pear", "--json");
        ObjectNode manifest = (ObjectNode) new ObjectMapper().readTree(status.out());
        assertThat(manifest.remove("steps").path("recover").asInt()).isPositive();
        assertThat(manifest.remove("waiting")).as("nothing, any more").isEqualTo(NullNode.instance);
        assertThat(manifest)
                .isEqualTo(new ObjectMapper()
                        .readTree(folder.resolve("coordinator/runs/pear/manifest.json")
                                .toFile()));
        assertThat(remote("ls").out()).contains("COMPLETED").contains(" pear");
        assertThat(new ObjectMapper()
                        .readTree(remote("ls", "--json").out())
                        .at("/runs/0/run")
                        .asText())
                .isEqualTo("pear");
    }

    @Test
    void whatARunWaitsForIsListedAndToldToThoseWhoWatch() throws Exception {
        coordinator.close();
        coordinator = TestCoordinator.start(
                folder.resolve("attentive"), HttpSettings.local(0), this::worker, TestCoordinator.ATTENTIVE);
        gate = new CountDownLatch(1);
        submit("pear");
        StringWriter told = new StringWriter();
        CompletableFuture<Cli> watched = CompletableFuture.supplyAsync(() -> Cli.run(told, addressed("watch", "pear")));
        Eventually.holds(Duration.ofMinutes(1), () -> told.toString().contains("waiting: no news for"));
        Eventually.holds(Duration.ofMinutes(1), () -> remote("ls").out().contains("(waiting: no news for"));
        assertThat(remote("status", "pear").out()).contains("is RUNNING, in stage recover; waiting: no news for");
        gate.countDown();
        assertThat(watched.get(1, TimeUnit.MINUTES).err())
                .contains("from worker worker-1; in 59 min its work is tried anew");
        assertThat(remote("ls").out()).doesNotContain("waiting");
        Path report = folder.resolve("attentive/runs/pear/report.html");
        Eventually.holds(Duration.ofMinutes(1), () -> Files.exists(report));
    }

    @Test
    void aFailedRunSaysWhyAndHowToGoOn() throws Exception {
        failing.add(Stage.EXPORT);
        submit("pear");
        Cli watched = remote("watch", "pear");
        assertThat(watched.code()).isEqualTo(ExitCode.FAILED);
        assertThat(watched.err()).contains("stage export failed: the device is on fire", "espalier resume pear");
        assertThat(remote("watch", "pear").code())
                .as("also when it had failed before")
                .isEqualTo(ExitCode.FAILED);

        failing.clear();
        assertThat(remote("resume", "pear").out()).contains("run pear is RUNNING");
        assertThat(remote("watch", "pear").code()).isZero();
    }

    @Test
    void commandsAreCarriedOut() throws Exception {
        gate = new CountDownLatch(1);
        submit("pear");
        assertThat(remote("pause", "pear").out()).contains("run pear is PAUSED");
        gate.countDown();
        assertThat(remote("resume", "pear").code()).isZero();
        assertThat(remote("watch", "pear").code()).isZero();
        failing.add(Stage.EXPORT);
        assertThat(remote("retry", "pear", "--stage", "export").code()).isZero();
        assertThat(remote("watch", "pear").code()).isEqualTo(ExitCode.FAILED);
        assertThat(remote("skip", "pear", "--json").out()).contains("\"SKIPPED\"");
        assertThat(remote("watch", "pear").code()).isZero();
        gate = new CountDownLatch(1);
        assertThat(remote("retry", "pear", "--stage", "recover").code()).isZero();
        assertThat(remote("cancel", "pear").out()).contains("run pear is CANCELLED");
        assertThat(remote("watch", "pear").err()).contains("was cancelled");
    }

    @Test
    void aWatchOutlivesItsCoordinator() throws Exception {
        coordinator.close();
        int port = FreePort.find();
        coordinator = start(HttpSettings.local(port));
        gate = new CountDownLatch(1);
        submit("pear");
        CompletableFuture<Cli> watching = CompletableFuture.supplyAsync(() -> remote("watch", "pear"));
        awaitWatcher();
        CountDownLatch before = gate;
        gate = new CountDownLatch(1);
        before.countDown();
        coordinator.system().terminate();
        // A worker that waits for its next work already must not keep the coordinator from stopping.
        gate.countDown();
        coordinator.close();
        coordinator = start(HttpSettings.local(port));
        Cli watched = watching.get(2, TimeUnit.MINUTES);
        assertThat(watched.code()).as(watched.err()).isZero();
        assertThat(watched.err()).contains("trying again until it is back", "connected again");
    }

    @Test
    void aRunThatWasRemovedWhileTheWatchWasCutOffIsToldToBeGone() throws Exception {
        coordinator.close();
        int port = FreePort.find();
        coordinator = start(HttpSettings.local(port));
        gate = new CountDownLatch(1);
        submit("pear");
        CompletableFuture<Cli> watching = CompletableFuture.supplyAsync(() -> remote("watch", "pear"));
        awaitWatcher();
        coordinator.system().terminate();
        gate.countDown();
        coordinator.close();
        coordinator = TestCoordinator.start(folder.resolve("emptied"), HttpSettings.local(port), this::worker);
        Cli watched = watching.get(2, TimeUnit.MINUTES);
        assertThat(watched.code()).as(watched.err()).isEqualTo(ExitCode.FAILED);
        assertThat(watched.err()).contains("espalier: run pear was removed");
    }

    @Test
    void whoeverIsNotThereIsNamed() throws Exception {
        int nobody = FreePort.find();
        Cli unreachable = Cli.run("ls", "--url", "http://127.0.0.1:" + nobody);
        assertThat(unreachable.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(unreachable.err())
                .contains("no coordinator answers at http://127.0.0.1:" + nobody, "espalier coordinator", "--url");

        submit("smol-20");
        Cli unknown = remote("watch", "smol-21");
        assertThat(unknown.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(unknown.err()).contains("there is no run smol-21: did you mean smol-20?");
    }

    @Test
    void aRefusedCommandSaysWhy() throws Exception {
        submit("pear");
        remote("watch", "pear");
        Cli refused = remote("pause", "pear");
        assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(refused.err()).contains("run pear is not running: it is COMPLETED");
        assertThat(remote("retry", "pear", "--stage", "prune", "--from", "999").err())
                .contains("keeps no student version 999 of stage prune: it keeps ");
        assertThat(remote("retry", "pear", "--stage", "dance").err()).contains("must be one of calibrate, prune");
    }

    @Test
    void aWrongConfigurationIsToldBeforeAnybodyIsAsked() throws Exception {
        Path config =
                Files.writeString(folder.resolve("pear.conf"), TestCoordinator.config("pear") + "\nprune.stepps=1");
        Cli wrong = Cli.run("submit", config, "--url", "http://127.0.0.1:" + FreePort.find());
        assertThat(wrong.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(wrong.err()).contains("pear.conf", "did you mean prune.steps");
    }

    @Test
    void relativePathsMeanWhatTheyMeanHere() throws Exception {
        Path config = Files.writeString(
                folder.resolve("pear.conf"), TestCoordinator.config("pear").replace("/models/pear", "models/pear"));
        assertThat(Cli.run("submit", config, "--set", "seed=9", "--url", coordinator.uri())
                        .code())
                .isZero();
        assertThat(folder.resolve("coordinator/runs/pear/run.conf"))
                .content()
                .contains(folder.resolve("models/pear").toString())
                .contains("\"seed\" : 9");
    }

    @Test
    void anAddressThatIsNoneAndAServerThatIsNoCoordinatorAreTold() throws Exception {
        for (String none : List.of("localhost:7700", "http://127.0.0.1:99999", "http://127.0.0.1:0")) {
            Cli refused = Cli.run("ls", "--url", none);
            assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(refused.err()).contains("--url " + none);
        }
        Cli secret = Cli.run("pause", "pear", "--token", "open\nsesame");
        assertThat(secret.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(secret.err()).contains("--token", "ESPALIER_TOKEN").doesNotContain("sesame");
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        other.start();
        try {
            Cli refused = Cli.run(
                    "ls", "--url", "http://127.0.0.1:" + other.getAddress().getPort());
            assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(refused.err()).contains("is no coordinator of Espalier", "--url");
        } finally {
            other.stop(0);
        }
    }

    private void awaitWatcher() {
        TestProbe.create(coordinator.system()).awaitAssert(Duration.ofMinutes(1), () -> {
            assertThat(coordinator.watchers()).isPositive();
            return null;
        });
    }

    private Cli submit(String name) throws IOException {
        Path config = Files.writeString(folder.resolve(name + ".conf"), TestCoordinator.config(name));
        return remote("submit", config.toString());
    }

    private Cli remote(String... arguments) {
        return Cli.run(addressed(arguments));
    }

    private Object[] addressed(String... arguments) {
        Object[] all = new Object[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--url";
        all[arguments.length + 1] = coordinator.uri();
        return all;
    }
}
