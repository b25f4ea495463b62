package dev.espalier.coordinator.blobs;

import dev.espalier.coordinator.blobs.Refusal.Reason;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.config.RunNames;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.stream.javadsl.Sink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET, HEAD, PUT /blobs/RUN/SHA256}: the data plane of the coordinator's HTTP port. {@code docs/data-plane.md}
 * is its contract. Names from the network become file names only if they are a run's name and 64 hexadecimal digits.
 */
public final class BlobRoutes {
    static final String PREFIX = "blobs";

    /** What an upload sends in vain is read up to here, since most senders read no answer before they are done. */
    private static final long MAX_DISCARDED_BYTES = 4 << 20;

    private static final int MAX_LOGGED_PATH = 200;
    private static final Logger LOG = LoggerFactory.getLogger(BlobRoutes.class);

    private final BlobSettings settings;
    private final Function<String, Optional<Path>> runFolders;
    private final Optional<BearerToken> token;
    private final BlobListener listener;
    private final ActorSystem<?> system;
    private final Executor blocking;
    private final BlobDownload download;
    private final BlobUpload upload;

    /**
     * @param runFolders where a run's folder is, if there is such a run; asked with valid names only, may block
     * @param token what requests must carry; empty: everybody who reaches the port may ask
     * @param system reads and writes on its blocking dispatcher
     */
    public BlobRoutes(
            BlobSettings settings,
            Function<String, Optional<Path>> runFolders,
            Optional<BearerToken> token,
            BlobListener listener,
            ActorSystem<?> system) {
        this.settings = settings;
        this.runFolders = runFolders;
        this.token = token;
        this.listener = listener;
        this.system = system;
        blocking = DiskWork.of(system);
        download = new BlobDownload(settings, listener);
        upload = new BlobUpload(settings, listener, system, blocking);
    }

    /** To be concatenated with the server's other routes. */
    public Route route() {
        // The timeout runs from the request's last byte, and making a large blob durable may take longer.
        return Directives.pathPrefix(
                PREFIX,
                () -> Directives.withoutRequestTimeout(
                        () -> Directives.extractRequest(request -> Directives.completeWithFuture(answer(request)))));
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) {
        return CompletableFuture.supplyAsync(() -> granted(request), blocking)
                .thenCompose(Function.identity())
                .exceptionally(failure -> refusal(request, failure).response())
                .thenCompose(response -> afterBody(request, response));
    }

    private CompletionStage<HttpResponse> granted(HttpRequest request) {
        try {
            authorise(request);
            List<String> names = names(request);
            BlobFolder blobs = BlobFolder.in(runFolders
                    .apply(names.get(0))
                    .orElseThrow(() -> new Refusal(Reason.UNKNOWN_RUN, "there is no run " + names.get(0))));
            String sha256 = names.get(1);
            if (request.method().equals(HttpMethods.PUT)) {
                return upload.put(request, blobs, sha256);
            } else if (request.method().equals(HttpMethods.HEAD)) {
                return CompletableFuture.completedFuture(download.head(blobs, sha256));
            } else if (request.method().equals(HttpMethods.GET)) {
                return CompletableFuture.completedFuture(download.get(request, blobs, sha256));
            }
            throw new Refusal(Reason.WRONG_METHOD, "blobs take GET, HEAD and PUT");
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private void authorise(HttpRequest request) throws Refusal {
        Optional<String> sent = request.getHeader("Authorization").map(HttpHeader::value);
        if (token.isPresent() && !token.get().admits(sent)) {
            throw new Refusal(
                    Reason.UNAUTHORISED,
                    sent.isPresent() ? "the bearer token is not the coordinator's" : "a bearer token is needed");
        }
    }

    /** Run and hash. */
    private static List<String> names(HttpRequest request) throws Refusal {
        List<String> names = new ArrayList<>();
        request.getUri().pathSegments().forEach(names::add);
        names.remove(0);
        if (names.size() != 2 || !RunNames.isValid(names.get(0)) || !BlobRef.isHash(names.get(1))) {
            throw new Refusal(
                    Reason.WRONG_NAME,
                    "a blob's address is /blobs/RUN/SHA256: a run's name and 64 lower-case hexadecimal digits");
        }
        return names;
    }

    private Refusal refusal(HttpRequest request, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        String asked = request.method().value() + " " + loggable(request);
        Refusal refusal;
        if (cause instanceof Refusal known) {
            refusal = known;
            LOG.warn(
                    "refused {}: {} ({})",
                    asked,
                    refusal.getMessage(),
                    refusal.reason().word());
        } else {
            refusal = new Refusal(Reason.FAILED, "the coordinator could not do it; its log says why");
            LOG.error("failed at {}", asked, cause);
        }
        listener.refused(refusal.reason());
        return refusal;
    }

    private static String loggable(HttpRequest request) {
        String path = request.getUri().getPathString();
        return path.substring(0, Math.min(path.length(), MAX_LOGGED_PATH)).replaceAll("[^!-~]", "?");
    }

    /**
     * Answers when the body is at its end, where that is worth while. One that was read before gives an error at once;
     * one that still waits for "100 Continue" shall not be asked for.
     */
    private CompletionStage<HttpResponse> afterBody(HttpRequest request, HttpResponse response) {
        if (request.entity().isStrict() || request.getHeader("Expect").isPresent()) {
            return CompletableFuture.completedFuture(response);
        }
        return request.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .limitWeighted(MAX_DISCARDED_BYTES, bytes -> (long) bytes.length())
                .idleTimeout(settings.idleTimeout())
                .runWith(Sink.ignore(), system)
                .handle((end, failure) -> response);
    }
}
