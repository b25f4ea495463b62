package dev.espalier.monitoring;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * What a supervisor asks a node over HTTP: {@code /live} (200 while the process answers at all) and {@code /ready} (200,
 * or 503 with the reason in one line). One request at a time, on a thread of its own, so that no load elsewhere in the
 * process keeps it from answering.
 */
public final class AdminServer implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService thread;

    private AdminServer(HttpServer server, Supplier<Optional<String>> unready) {
        this.server = server;
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, "admin-server");
            made.setDaemon(true);
            return made;
        });
        server.setExecutor(thread);
        answer("/live", Optional::empty);
        answer("/ready", unready);
        server.start();
    }

    /**
     * Starts answering.
     *
     * @param port 0 for any that is free
     * @param unready why the node cannot do its work now, in one line; empty if it can
     * @throws IOException if the port cannot be bound
     */
    public static AdminServer start(String host, int port, Supplier<Optional<String>> unready) throws IOException {
        try {
            return new AdminServer(HttpServer.create(new InetSocketAddress(host, port), BACKLOG), unready);
        } catch (IOException e) {
            throw new IOException("the admin port " + host + ":" + port + " cannot be bound: " + e.getMessage(), e);
        }
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

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
    }
}
