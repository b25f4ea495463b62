package dev.espalier.worker.transfer;

import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.PartialBlob;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The data plane's client side: {@code docs/data-plane.md}. Transfers are streamed, verified, and resumed where they
 * broke off, as long as they get further. Safe for several threads, of which only so many transfer at a time.
 */
public final class BlobClient {
    private static final Pattern LIMIT = Pattern.compile("max-size=(\\d{1,18})");

    /** Conditions that may pass: somebody else is uploading, the coordinator is busy or just starting. */
    private static final Set<Integer> PASSING = Set.of(408, 409, 416, 425, 429, 500, 502, 503, 504);

    private static final int WRONG_HASH = 422;

    private final Exchange exchange;
    private final URI server;
    private final Optional<String> token;
    private final TransferSettings settings;
    private final BlobMeters meters;
    private final Semaphore slots;

    /**
     * @param http brings the TLS context if {@code server} is https
     * @param server the coordinator's address, such as {@code http://coordinator:7700}
     * @param token sent as bearer token
     * @param meters are told of each blob that was moved
     */
    public BlobClient(
            HttpClient http, URI server, Optional<String> token, TransferSettings settings, BlobMeters meters) {
        exchange = new Exchange(http, settings.stallTimeout());
        this.server = server;
        this.token = token;
        this.settings = settings;
        this.meters = meters;
        slots = new Semaphore(settings.concurrency());
    }

    /**
     * Brings a blob of the run into the folder, unless it is there.
     *
     * @throws BlobRefused if the coordinator does not have it or does not give it
     * @throws IOException if it cannot be reached, or the folder cannot be written
     */
    public void fetch(String run, BlobRef blob, BlobFolder into) throws IOException {
        inSlot(() -> {
            Retries retries = new Retries(settings, "fetching blob " + blob.sha256());
            long start = System.nanoTime();
            while (!into.holds(blob)) {
                // Grows also while another transfer of this process writes the blob, which is worth waiting for.
                long offset = into.received(blob.sha256());
                try (PartialBlob partial = into.receive(blob)) {
                    if (partial.received() < blob.bytes()) {
                        download(run, blob, partial);
                    }
                    partial.publish();
                    meters.moved(
                            BlobMeters.Operation.DOWNLOAD, blob.bytes(), Duration.ofNanos(System.nanoTime() - start));
                } catch (BlobRefused e) {
                    throw e;
                } catch (IOException e) {
                    retries.pauseAfter(e, offset);
                }
            }
        });
    }

    /**
     * Takes a file to the coordinator, unless it has it.
     *
     * @param blob the file's hash and length
     * @throws BlobRefused if the coordinator does not take it
     * @throws IOException if it cannot be reached, or the file cannot be read
     */
    public void put(String run, BlobRef blob, Path file) throws IOException {
        inSlot(() -> {
            Retries retries = new Retries(settings, "uploading blob " + blob.sha256());
            long start = System.nanoTime();
            while (true) {
                long offset = 0;
                try {
                    OptionalLong missing = missingFrom(run, blob);
                    if (missing.isEmpty()) {
                        return;
                    }
                    offset = missing.getAsLong();
                    upload(run, blob, file, offset);
                    meters.moved(
                            BlobMeters.Operation.UPLOAD, blob.bytes(), Duration.ofNanos(System.nanoTime() - start));
                    return;
                } catch (BlobRefused e) {
                    throw e;
                } catch (IOException e) {
                    retries.pauseAfter(e, offset);
                }
            }
        });
    }

    private void download(String run, BlobRef blob, PartialBlob partial) throws IOException {
        long offset = partial.received();
        HttpRequest.Builder request = to(run, blob).GET();
        if (offset > 0) {
            request.header("Range", "bytes=" + offset + "-");
        }
        String range = "bytes " + offset + "-" + (blob.bytes() - 1) + "/" + blob.bytes();
        BodyHandler<String> handler = response -> {
            boolean rest = response.statusCode() == 206
                    && response.headers()
                            .firstValue("Content-Range")
                            .filter(range::equals)
                            .isPresent();
            boolean whole = response.statusCode() == 200 && offset == 0;
            return rest || whole ? new PartReceiver(partial) : new ProblemText();
        };
        HttpResponse<String> response = exchange.send(request.build(), handler, partial::received);
        if (response.statusCode() == 200 && offset > 0) {
            partial.restart();
            throw new IOException("the server sends no ranges: from the beginning");
        } else if (response.statusCode() != 200 && response.statusCode() != 206) {
            throw refusal(response);
        }
    }

    /** Where an upload must begin; empty if the coordinator has the blob. */
    private OptionalLong missingFrom(String run, BlobRef blob) throws IOException {
        HttpRequest head = to(run, blob).method("HEAD", BodyPublishers.noBody()).build();
        HttpResponse<String> response = exchange.send(head, info -> new ProblemText(), () -> 0);
        if (response.statusCode() == 200) {
            boolean whole =
                    response.headers().firstValueAsLong("Content-Length").orElse(-1) == blob.bytes();
            return whole ? OptionalLong.empty() : OptionalLong.of(0);
        }
        OptionalLong offset = response.headers().firstValueAsLong("Upload-Offset");
        if (response.statusCode() != 404 || offset.isEmpty()) {
            throw refusal(response);
        }
        Matcher limit =
                LIMIT.matcher(response.headers().firstValue("Upload-Limit").orElse(""));
        if (limit.matches() && blob.bytes() > Long.parseLong(limit.group(1))) {
            throw new BlobRefused("blob " + blob.sha256() + " has " + blob.bytes() + " bytes, and the coordinator takes"
                    + " at most " + limit.group(1) + ": raise its espalier.blobs.max-bytes");
        }
        return OptionalLong.of(offset.getAsLong() < blob.bytes() ? offset.getAsLong() : 0);
    }

    private void upload(String run, BlobRef blob, Path file, long offset) throws IOException {
        FilePart part = new FilePart(file, offset, blob.bytes() - offset);
        BodyPublisher body = blob.bytes() == 0
                ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(part), blob.bytes() - offset);
        HttpRequest.Builder request = to(run, blob).PUT(body);
        if (offset > 0) {
            request.header("Content-Range", "bytes " + offset + "-" + (blob.bytes() - 1) + "/" + blob.bytes());
        }
        HttpResponse<String> response = exchange.send(request.build(), info -> new ProblemText(), part::sent);
        if (response.statusCode() == WRONG_HASH && offset > 0) {
            throw new IOException("what was uploaded before does not fit: from the beginning");
        } else if (response.statusCode() != 200 && response.statusCode() != 201) {
            throw refusal(response);
        }
    }

    private HttpRequest.Builder to(String run, BlobRef blob) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve("/blobs/" + run + "/" + blob.sha256()))
                .version(HttpClient.Version.HTTP_1_1);
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return request;
    }

    private static IOException refusal(HttpResponse<String> response) {
        String message = "the coordinator answered " + response.statusCode() + " to "
                + response.request().method() + " " + response.uri()
                + (response.body().isBlank() ? "" : ": " + response.body());
        return PASSING.contains(response.statusCode()) ? new IOException(message) : new BlobRefused(message);
    }

    private interface Transfer {
        void run() throws IOException;
    }

    private void inSlot(Transfer transfer) throws IOException {
        try {
            slots.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for other transfers");
        }
        try {
            transfer.run();
        } finally {
            slots.release();
        }
    }
}
