package dev.espalier.coordinator.http;

import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpMethod;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * One entry of the API's table.
 *
 * @param path below /api/v1, as in the OpenAPI document; {@code {run}} stands for a run's name
 * @param handler gets the run's name; empty if the path has none
 */
record Endpoint(HttpMethod method, String path, Function<String, Route> handler) {
    static final String RUN = "{run}";

    static Endpoint get(String path, Function<String, Route> handler) {
        return new Endpoint(HttpMethods.GET, path, handler);
    }

    static Endpoint post(String path, Function<String, Route> handler) {
        return new Endpoint(HttpMethods.POST, path, handler);
    }
}
