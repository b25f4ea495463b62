package dev.espalier.coordinator.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.HttpChallenge;
import org.apache.pekko.http.javadsl.model.headers.WWWAuthenticate;

/**
 * Who may do what. A page of another site that a browser has open must neither command a coordinator on the same
 * machine nor, by a name that suddenly means this machine (DNS rebinding), read from it.
 */
final class Access {
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    private static final String BEARER = "Bearer ";

    private final HttpSettings settings;

    Access(HttpSettings settings) {
        this.settings = settings;
    }

    /** Why nobody answers this request; empty if somebody may. */
    Optional<HttpResponse> refusal(HttpRequest request) {
        String host = request.getUri().host().address();
        return settings.loopback() && !OWN_NAMES.contains(host) && !host.equals(settings.host())
                ? Optional.of(new Problem(
                                StatusCodes.MISDIRECTED_REQUEST,
                                "foreign-host",
                                "this server is called localhost or 127.0.0.1, and not " + host)
                        .response())
                : Optional.empty();
    }

    /** Why this command is not obeyed; empty if it is. */
    Optional<HttpResponse> commandRefusal(HttpRequest request) {
        if (isForeign(request)) {
            return Optional.of(new Problem(
                            StatusCodes.FORBIDDEN,
                            "foreign-origin",
                            "commands are not taken from pages of other sites; use the coordinator's own page, or a"
                                    + " program")
                    .response());
        }
        Optional<HttpResponse> unknown = tokenRefusal(request);
        if (unknown.isPresent()) {
            return unknown;
        } else if (!request.entity().getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
            return Optional.of(new Problem(
                            StatusCodes.UNSUPPORTED_MEDIA_TYPE,
                            "json-needed",
                            "the body must be JSON: send the header Content-Type: application/json")
                    .response());
        }
        return Optional.empty();
    }

    /** Why this stranger is not answered; empty if there is no token, or the request bears it. */
    Optional<HttpResponse> tokenRefusal(HttpRequest request) {
        return isBearer(request)
                ? Optional.empty()
                : Optional.of(new Problem(
                                StatusCodes.UNAUTHORIZED,
                                "token-needed",
                                "this coordinator obeys only who bears its token, and gives models to nobody else: send"
                                        + " the header Authorization: Bearer TOKEN (on the command line --token, or"
                                        + " ESPALIER_TOKEN)")
                        .response()
                        .addHeader(WWWAuthenticate.create(HttpChallenge.create("Bearer", "espalier"))));
    }

    /** What may stand for the token in the address of a file of this run's export; empty if no token is needed. */
    Optional<String> ticket(String run, Instant now) {
        return settings.token().map(token -> new DownloadTicket(token).issue(run, now));
    }

    boolean admits(String run, String ticket, Instant now) {
        return settings.token()
                .filter(token -> new DownloadTicket(token).admits(run, ticket, now))
                .isPresent();
    }

    /** Browsers tell the origin of every POST. Its scheme may differ: a proxy may have taken TLS off. */
    private static boolean isForeign(HttpRequest request) {
        String host = request.getHeader("Host").map(HttpHeader::value).orElse("");
        return request.getHeader("Origin")
                .filter(origin -> !origin.value().replaceFirst("^https?://", "").equals(host))
                .isPresent();
    }

    /** Digests are compared, so that the time it takes tells nothing. */
    private boolean isBearer(HttpRequest request) {
        if (settings.token().isEmpty()) {
            return true;
        }
        String given = request.getHeader("Authorization")
                .map(HttpHeader::value)
                .filter(value -> value.startsWith(BEARER))
                .map(value -> value.substring(BEARER.length()).strip())
                .orElse("");
        return MessageDigest.isEqual(digest(given), digest(settings.token().get()));
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
