package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPageTest {
    private static final Pattern ADDRESS = Pattern.compile("page (http://127\\.0\\.0\\.1:([0-9]+))/");

    @TempDir
    Path folder;

    private final CountDownLatch watched = new CountDownLatch(1);
    private final CompletableFuture<String> announced = new CompletableFuture<>();

    @Test
    void aLocalRunIsServedAsLongAsItLasts() throws Exception {
        CompletableFuture<RunOutcome> running = execute(0);
        Api api = new Api(URI.create(address()));
        assertThat(api.get("/runs").json().at("/runs/0/run").asText()).isEqualTo("pear");
        assertThat(api.get("/runs/pear/config").json().at("/prune/steps").asInt())
                .isEqualTo(30);
        assertThat(api.get("/workers").json().at("/workers/0/name").asText()).isEqualTo("this process");
        assertThat(api.get("/runs/peer").detail()).contains("did you mean pear");
        assertThat(api.submit(TestCoordinator.config("apple")).detail()).contains("its own run only");
        assertThat(api.post("/runs/pear/pause", "{}").json().path("state").asText())
                .isEqualTo("PAUSED");
        watched.countDown();
        assertThat(api.post("/runs/pear/resume", "{}").status()).isEqualTo(200);
        assertThat(running.get(2, TimeUnit.MINUTES)).isEqualTo(RunOutcome.COMPLETED);
    }

    @Test
    void theNextFreePortIsTakenIfTheWantedOneIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            CompletableFuture<RunOutcome> running = execute(taken.getLocalPort());
            Matcher address = ADDRESS.matcher(announced.get(1, TimeUnit.MINUTES));
            assertThat(address.find()).isTrue();
            assertThat(Integer.parseInt(address.group(2)))
                    .isBetween(taken.getLocalPort() + 1, taken.getLocalPort() + 19);
            watched.countDown();
            assertThat(running.get(2, TimeUnit.MINUTES)).isEqualTo(RunOutcome.COMPLETED);
        }
    }

    @Test
    void aRunWhosePageCannotBeServedGoesOnWithout() throws Exception {
        try (ServerSocket last = lastPort()) {
            CompletableFuture<RunOutcome> running = execute(65_535);
            assertThat(last.isBound()).isTrue();
            assertThat(announced.get(1, TimeUnit.MINUTES)).contains("cannot be served");
            watched.countDown();
            assertThat(running.get(2, TimeUnit.MINUTES)).isEqualTo(RunOutcome.COMPLETED);
        }
    }

    private static ServerSocket lastPort() throws IOException {
        return new ServerSocket(65_535, 1, InetAddress.getByName("127.0.0.1"));
    }

    private String address() throws Exception {
        Matcher address = ADDRESS.matcher(announced.get(1, TimeUnit.MINUTES));
        assertThat(address.find()).isTrue();
        return address.group(1);
    }

    private CompletableFuture<RunOutcome> execute(int port) {
        ResolvedRun run = RunConfigReader.submitted(TestCoordinator.config("pear"), folder);
        return CompletableFuture.supplyAsync(() -> {
            try {
                return LocalRun.execute(
                        run,
                        TeachingMethod.STAGES,
                        Optional.empty(),
                        TestCoordinator.worker(watched),
                        "pekko.actor.default-blocking-io-dispatcher",
                        RunListener.NONE,
                        new LocalPage(run, port, announced::complete));
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
