package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a running Prometheus is asked. */
public final class PrometheusApi {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;

    /** @param address such as {@code http://127.0.0.1:9090} */
    public PrometheusApi(String address) {
        this.address = address;
    }

    /** The answer to a range query, four values a second; fails if Prometheus does not understand it. */
    public JsonNode range(String query, Instant from, Instant to) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                "/api/v1/query_range",
                Map.of("query", query, "start", from.toString(), "end", to.toString(), "step", "0.25"));
        assertThat(answer.statusCode()).as(query + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).at("/data/result");
    }

    /** All rules as Prometheus last evaluated them. */
    public List<JsonNode> rules() throws IOException, InterruptedException {
        List<JsonNode> rules = new ArrayList<>();
        JSON.readTree(send("/api/v1/rules", Map.of()).body()).at("/data/groups").forEach(group -> group.path("rules")
                .forEach(rules::add));
        return rules;
    }

    private HttpResponse<String> send(String path, Map<String, String> form) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + path)).timeout(PATIENCE);
        if (!form.isEmpty()) {
            String body = form.entrySet().stream()
                    .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining("&"));
            request.header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
