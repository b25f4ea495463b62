package dev.espalier.monitoring.exposition;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * {@code /metrics}, {@code /live} and {@code /ready} of a process that has no other HTTP server: a worker, or
 * {@code espalier prune}. Each request has a thread, so that one that never ends does not keep others waiting, and a deadline.
 */
public final class MetricsServer implements AutoCloseable {
    /** Threads wait for most of their time; those who ask when all are taken wait for a deadline. */
    private static final int MOST_THREADS = 1024;

    private static final String DEADLINE_SECONDS = "5";

    static {
        // Read once, when the JDK's server is first used. A request that takes longer to arrive is cut off.
        System.setProperty("sun.net.httpserver.maxReqTime", DEADLINE_SECONDS);
    }

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Monitoring monitoring;
    private final Scrapes scrapes = new Scrapes();

    private MetricsServer(HttpServer server, Supplier<Optional<String>> unready) {
        this.server = server;
        monitoring = new Monitoring(hostName() + ":" + server.getAddress().getPort());
        threads = new ThreadPoolExecutor(
                MOST_THREADS, MOST_THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread made = new Thread(task, "metrics-server");
                    made.setDaemon(true);
                    return made;
                });
        threads.allowCoreThreadTimeOut(true);
        server.setExecutor(threads);
        server.createContext("/metrics", new MetricsHandler(monitoring, scrapes));
        answer("/live", Optional::empty);
        answer("/ready", unready);
        server.start();
    }

    /**
     * Starts serving.
     *
     * @param port 0 for any that is free
     * @param unready why the process cannot do its work now, in one line; empty if it can
     * @throws IOException if the port cannot be bound
     */
    public static MetricsServer start(String host, int port, Supplier<Optional<String>> unready) throws IOException {
        return start(host, port, Optional.empty(), unready);
    }

    /** As {@link #start(String, int, Supplier)}, over TLS if there is a context. */
    public static MetricsServer start(
            String host, int port, Optional<SSLContext> tls, Supplier<Optional<String>> unready) throws IOException {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (tls.isEmpty()) {
            return new MetricsServer(HttpServer.create(address, 0), unready);
        }
        HttpsServer server = HttpsServer.create(address, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
        return new MetricsServer(server, unready);
    }

    private void answer(String path, Supplier<Optional<String>> trouble) {
        server.createContext(path, exchange -> {
            try (exchange) {
                Optional<String> found = trouble.get();
                byte[] body = (found.orElse("ok") + "\n").getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
                exchange.sendResponseHeaders(found.isEmpty() ? 200 : 503, body.length);
                exchange.getResponseBody().write(body);
            }
        });
    }

    public Monitoring monitoring() {
        return monitoring;
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** How long {@link #awaitLastScrape} may take; zero if no Prometheus reads here. */
    public Duration patience() {
        return scrapes.patience();
    }

    /** What was measured since the last scrape is lost with the process, so let Prometheus read once more. */
    public void awaitLastScrape() throws InterruptedException {
        scrapes.await();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        monitoring.close();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // A machine that cannot resolve its own name still has one.
            return "localhost";
        }
    }
}
