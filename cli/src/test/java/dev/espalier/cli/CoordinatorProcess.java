package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code espalier coordinator} as a process of its own.
 *
 * @param port of the cluster
 * @param url of the HTTP API
 */
record CoordinatorProcess(NodeProcessHandle node, int port, URI url) {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** @param set settings besides the ports */
    static CoordinatorProcess start(Path log, int port, int httpPort, List<String> set) throws IOException {
        List<Object> arguments =
                new ArrayList<>(List.of("coordinator", "--set", "port=" + port, "--set", "http.port=" + httpPort));
        for (String setting : set) {
            arguments.addAll(List.of("--set", setting));
        }
        return new CoordinatorProcess(
                NodeProcessHandle.start(log, arguments.toArray()), port, URI.create("http://127.0.0.1:" + httpPort));
    }

    /** Ready as {@code /ready} says. */
    boolean ready() throws InterruptedException {
        return get("/ready").filter(answer -> answer.statusCode() == 200).isPresent();
    }

    /** Whether it is the one that executes the run. */
    boolean executes(String run) throws InterruptedException {
        return get("/metrics")
                .filter(answer -> answer.body().contains("run=\"" + run + "\""))
                .isPresent();
    }

    /** Empty if it does not know now. */
    Optional<String> state(String run) throws IOException, InterruptedException {
        Optional<HttpResponse<String>> answer =
                get("/api/v1/runs/" + run).filter(response -> response.statusCode() == 200);
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        JsonNode manifest = new ObjectMapper().readTree(answer.get().body());
        return Optional.of(manifest.path("state").asText());
    }

    /** Empty while nobody answers. */
    Optional<HttpResponse<String>> get(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path)).build());
    }

    Optional<HttpResponse<String>> post(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build());
    }

    private static Optional<HttpResponse<String>> send(HttpRequest request) throws InterruptedException {
        try {
            return Optional.of(CLIENT.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            // It is not there yet, or any more.
            return Optional.empty();
        }
    }
}
