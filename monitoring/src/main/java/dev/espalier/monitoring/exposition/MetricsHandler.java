package dev.espalier.monitoring.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;

/** {@code GET /metrics} on the JDK's HTTP server. */
final class MetricsHandler implements HttpHandler {
    private final Monitoring monitoring;
    private final Scrapes scrapes;

    MetricsHandler(Monitoring monitoring, Scrapes scrapes) {
        this.monitoring = monitoring;
        this.scrapes = scrapes;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        long begin = System.nanoTime();
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            byte[] body = monitoring.expose();
            exchange.getResponseHeaders().set("Content-Type", Monitoring.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
        if (exchange.getRequestHeaders().containsKey(Scrapes.HEADER)) {
            scrapes.scraped(begin);
        }
    }
}
