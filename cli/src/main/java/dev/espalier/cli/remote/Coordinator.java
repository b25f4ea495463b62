package dev.espalier.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** A coordinator's HTTP API. What it refuses becomes a {@link UserError} in its own words. */
final class Coordinator {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROOT = "/api/v1";
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration READING = Duration.ofSeconds(60);

    /** A run that has just been recovered first reads its artefacts again. */
    private static final Duration COMMAND = Duration.ofMinutes(12);

    /** The connection broke or there is nobody at its other end. */
    static final class Unreachable extends IOException {
        private static final long serialVersionUID = 1L;

        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }

        /** What to tell whoever gave the address. */
        UserError asUserError() {
            return new UserError(getMessage(), this);
        }
    }

    private final URI address;
    private final Optional<String> token;
    private final HttpClient client;

    /** @param tls whom to believe; empty: whom Java believes */
    Coordinator(URI address, Optional<String> token, Optional<SSLContext> tls) {
        this.address = address;
        this.token = token;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        tls.ifPresent(builder::sslContext);
        client = builder.build();
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return json(send(request(path).timeout(READING).GET(), BodyHandlers.ofByteArray()));
    }

    JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path)
                .timeout(COMMAND)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return json(send(request, BodyHandlers.ofByteArray()));
    }

    /** @param after the last event that was heard; empty: only what happens from now on */
    InputStream events(String run, Optional<String> after) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request("/runs/" + segment(run) + "/events?from=now").timeout(READING);
        after.ifPresent(id -> request.header("Last-Event-ID", id));
        HttpResponse<InputStream> response = send(request.GET(), BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw refusal(response.statusCode(), response.body().readNBytes(1 << 16));
        }
        return response.body();
    }

    /** A name as part of a path. */
    static String segment(String run) {
        return URLEncoder.encode(run, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + ROOT + path));
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        try {
            return client.send(request.build(), body);
        } catch (ConnectException e) {
            throw new Unreachable(
                    "no coordinator answers at " + address
                            + ": start one with 'espalier coordinator', or name another with --url",
                    e);
        } catch (SSLException e) {
            throw new Unreachable(
                    "the coordinator at " + address + " shows no certificate that is believed (" + e.getMessage()
                            + "): name the authority that signed it with --ca, and the host as the certificate does",
                    e);
        } catch (HttpTimeoutException e) {
            throw new Unreachable("the coordinator at " + address + " does not answer in time: is it overloaded?", e);
        } catch (IOException e) {
            throw new Unreachable(
                    "the connection to the coordinator at " + address + " broke: " + e.getMessage()
                            + (address.getScheme().equals("http") ? "; does it speak https?" : ""),
                    e);
        }
    }

    private JsonNode json(HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() / 100 != 2) {
            throw refusal(response.statusCode(), response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new UserError("what answers at " + address + " is no coordinator of Espalier: check --url", e);
        }
    }

    /** It does not know the run, or not any more. */
    static final class Unknown extends UserError {
        private static final long serialVersionUID = 1L;

        Unknown(String message) {
            super(message);
        }
    }

    private RuntimeException refusal(int status, byte[] body) {
        String detail = detail(body)
                .orElse("what answers at " + address + " is no coordinator of Espalier (it says " + status
                        + "): check --url");
        return switch (status) {
            case 404 -> new Unknown(detail);
            default -> status / 100 == 5 ? new IllegalStateException(detail) : new UserError(detail);
        };
    }

    private static Optional<String> detail(byte[] body) {
        try {
            return Optional.of(JSON.readTree(body).path("detail").asText()).filter(text -> !text.isEmpty());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
