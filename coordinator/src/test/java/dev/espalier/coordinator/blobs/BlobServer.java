package dev.espalier.coordinator.blobs;

import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;

/** The routes on a free port of the loopback interface, for one run called {@link #RUN}. */
final class BlobServer implements AutoCloseable, BlobListener {
    static final String RUN = "run-1";
    static final long MAX_BYTES = 1 << 20;

    private final ActorSystem<Void> system;
    private final ServerBinding binding;
    private final Path folder;
    private final BlockingQueue<Refusal.Reason> refusals = new LinkedBlockingQueue<>();
    private final AtomicLong stored = new AtomicLong();

    BlobServer(Path folder, Optional<String> token, Duration idleTimeout) throws Exception {
        this(folder, MAX_BYTES, token, idleTimeout);
    }

    BlobServer(Path folder, long maxBytes, Optional<String> token, Duration idleTimeout) throws Exception {
        this.folder = folder;
        system = ActorSystem.create(
                Behaviors.empty(),
                "blobs",
                ConfigFactory.parseString("pekko.daemonic = on").withFallback(ConfigFactory.load()));
        BlobRoutes routes = new BlobRoutes(
                new BlobSettings(maxBytes, idleTimeout),
                run -> run.equals(RUN) ? Optional.of(folder) : Optional.empty(),
                token.map(BearerToken::of),
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

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    BlobFolder blobs() {
        return BlobFolder.in(folder);
    }

    /** Waits for the next refusal. */
    Refusal.Reason refusal() throws InterruptedException {
        return refusals.poll(60, TimeUnit.SECONDS);
    }

    boolean refusedNothingElse() {
        return refusals.isEmpty();
    }

    long storedBytes() {
        return stored.get();
    }

    /** All files below the run folder, hidden ones too. */
    List<Path> files() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void sent(long bytes) {}

    @Override
    public void received(long bytes) {}

    @Override
    public void stored(long bytes) {
        stored.addAndGet(bytes);
    }

    @Override
    public void refused(Refusal.Reason reason) {
        refusals.add(reason);
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
