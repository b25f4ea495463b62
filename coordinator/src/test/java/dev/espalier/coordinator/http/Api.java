package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.TestCoordinator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.stream.Stream;

/** A client of the API as any other. */
record Api(URI coordinator) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    static Api of(TestCoordinator coordinator) {
        return new Api(coordinator.uri());
    }

    record Answer(HttpResponse<String> response, JsonNode json) {
        int status() {
            return response.statusCode();
        }

        String detail() {
            return json.path("detail").asText();
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(coordinator + HttpApi.ROOT + path));
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    Answer submit(String config) throws IOException, InterruptedException {
        return post("/runs", JSON.writeValueAsString(Map.of("config", config)));
    }

    Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
        boolean isJson =
                response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Answer(response, isJson ? JSON.readTree(response.body()) : JSON.missingNode());
    }

    /** Server-sent events as they come; closing ends the watch. */
    Events events(String query, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(query);
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<Stream<String>> response = CLIENT.send(request.build(), BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        return new Events(response.body());
    }
}
