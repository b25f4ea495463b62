package dev.espalier.cli.transfer;

import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.blobs.BearerToken;
import dev.espalier.coordinator.blobs.BlobListener;
import dev.espalier.coordinator.blobs.BlobRoutes;
import dev.espalier.coordinator.blobs.BlobSettings;
import dev.espalier.coordinator.blobs.Refusal;
import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.TransferSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;

/** The coordinator's side of the data plane on a free port, for one run. */
final class DataPlane implements AutoCloseable, BlobListener {
    static final String RUN = "run-1";
    static final String TOKEN = "a-token-for-this-test";

    private static final long MAX_BYTES = 64 << 20;
    private static final TransferSettings PATIENT =
            new TransferSettings(5000, Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofSeconds(60), 4, 1 << 30);

    private final Path folder;
    private final ActorSystem<Void> system;
    private final ServerBinding binding;
    private final BlockingQueue<Long> sent = new LinkedBlockingQueue<>();
    private final AtomicLong received = new AtomicLong();

    /** @param folder the run's */
    DataPlane(Path folder) throws Exception {
        this.folder = folder;
        system = ActorSystem.create(
                Behaviors.empty(),
                "data-plane",
                ConfigFactory.parseString("pekko.daemonic = on, pekko.loglevel = WARNING")
                        .withFallback(ConfigFactory.load()));
        BlobRoutes routes = new BlobRoutes(
                new BlobSettings(MAX_BYTES, Duration.ofSeconds(60)),
                run -> Optional.of(folder).filter(known -> run.equals(RUN)),
                Optional.of(BearerToken.of(TOKEN)),
                this,
                system);
        binding = Http.get(system)
                .newServerAt("127.0.0.1", 0)
                .bind(routes.route())
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    int port() {
        return binding.localAddress().getPort();
    }

    URI uri() {
        return uri(port());
    }

    private static URI uri(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    BlobClient client() {
        return clientAt(port());
    }

    /** A client that speaks to another port, where somebody passes on what it says. */
    static BlobClient clientAt(int port) {
        return client(port, Optional.of(TOKEN), PATIENT);
    }

    static BlobClient client(int port, Optional<String> token, TransferSettings settings) {
        return new BlobClient(HttpClient.newHttpClient(), uri(port), token, settings, new BlobMeters(Meters.none()));
    }

    static TransferSettings patient() {
        return PATIENT;
    }

    BlobFolder blobs() {
        return BlobFolder.in(folder);
    }

    /** What the next download takes; the server may hear of its end after the client. */
    long nextSentBytes() throws InterruptedException {
        return sent.poll(60, TimeUnit.SECONDS);
    }

    boolean sentNothingElse() {
        return sent.isEmpty();
    }

    long receivedBytes() {
        return received.get();
    }

    @Override
    public void sent(long bytes) {
        sent.add(bytes);
    }

    @Override
    public void received(long bytes) {
        received.addAndGet(bytes);
    }

    @Override
    public void stored(long bytes) {}

    @Override
    public void refused(Refusal.Reason reason) {}

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
