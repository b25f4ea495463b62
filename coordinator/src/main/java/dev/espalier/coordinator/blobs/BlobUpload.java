package dev.espalier.coordinator.blobs;

import dev.espalier.coordinator.blobs.Refusal.Reason;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobBusyException;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.DamagedBlobException;
import dev.espalier.protocol.files.PartialBlob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;

/** PUT: a blob, or the rest of one, to disk as fast as the disk takes it. */
record BlobUpload(BlobSettings settings, BlobListener listener, ActorSystem<?> system, Executor blocking) {
    /** Hashing and writing occupy a thread. */
    private static final String DISPATCHER = "pekko.actor.default-blocking-io-dispatcher";

    CompletionStage<HttpResponse> put(HttpRequest request, BlobFolder blobs, String sha256) throws IOException {
        OptionalLong length = request.entity().getContentLengthOption();
        if (length.isEmpty()) {
            throw new Refusal(Reason.NO_LENGTH, "an upload must say its Content-Length; chunks are not taken");
        }
        Optional<String> contentRange = request.getHeader("Content-Range").map(HttpHeader::value);
        ByteRange range = ByteRange.sent(contentRange, length.getAsLong());
        if (range.end() > settings.maxBytes()) {
            throw new Refusal(
                    Reason.TOO_LARGE,
                    "the blob has " + range.end() + " bytes, and at most " + settings.maxBytes()
                            + " are taken (espalier.blobs.max-bytes)");
        }
        BlobRef blob = new BlobRef(sha256, range.end());
        if (blobs.renew(blob)) {
            return CompletableFuture.completedFuture(created(blob).withStatus(StatusCodes.OK));
        }
        return receive(request, blobs, begin(blobs, blob, range.first()), blob);
    }

    private static PartialBlob begin(BlobFolder blobs, BlobRef blob, long offset) throws IOException {
        PartialBlob partial;
        try {
            partial = blobs.receive(blob, offset);
        } catch (BlobBusyException e) {
            throw new Refusal(Reason.BUSY, e.getMessage() + ": wait for it, or try again");
        }
        long received = partial.received();
        if (received == offset && blobs.usableBytes() >= blob.bytes() - received) {
            return partial;
        }
        try (partial) {
            if (received == offset) {
                partial.discard();
                throw diskFull(blob);
            }
        }
        throw new Refusal(
                Reason.WRONG_OFFSET,
                "the upload goes on at " + offset + ", but only " + received + " bytes are here: go on there",
                received);
    }

    private CompletionStage<HttpResponse> receive(
            HttpRequest request, BlobFolder blobs, PartialBlob partial, BlobRef blob) {
        long before = partial.received();
        Flow<ByteString, ByteString, ?> write =
                Flow.<ByteString>create().map(bytes -> write(partial, bytes)).async(DISPATCHER);
        CompletionStage<Done> written = request.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .idleTimeout(settings.idleTimeout())
                .via(write)
                .runWith(Sink.ignore(), system);
        return written.handleAsync(
                (done, failure) -> {
                    listener.received(partial.received() - before);
                    return end(blobs, partial, blob, failure);
                },
                blocking);
    }

    /** The disk's failures are told apart from the network's, which may be IOExceptions, too. */
    private static ByteString write(PartialBlob partial, ByteString bytes) {
        try {
            partial.write(bytes.toByteBuffer());
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse end(BlobFolder blobs, PartialBlob partial, BlobRef blob, Throwable failure) {
        try (partial) {
            finish(blobs, partial, blob, failure);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
        listener.stored(blob.bytes());
        return created(blob);
    }

    private static void finish(BlobFolder blobs, PartialBlob partial, BlobRef blob, Throwable failure)
            throws IOException {
        if (failure != null && !(failure instanceof UncheckedIOException)) {
            throw new Refusal(
                    Reason.TRUNCATED,
                    "the upload broke off after " + partial.received() + " of " + blob.bytes()
                            + " bytes, which wait for the rest",
                    partial.received());
        }
        try {
            if (failure instanceof UncheckedIOException disk) {
                throw disk.getCause();
            }
            partial.publish();
        } catch (DamagedBlobException e) {
            throw new Refusal(Reason.WRONG_HASH, e.getMessage());
        } catch (IOException e) {
            throw giveUp(blobs, partial, blob, e);
        }
    }

    /** A part that the disk does not take would only be in the way. */
    private static IOException giveUp(BlobFolder blobs, PartialBlob partial, BlobRef blob, IOException cause) {
        try {
            boolean full = blobs.usableBytes() < blob.bytes() - partial.received();
            partial.discard();
            return full ? diskFull(blob) : cause;
        } catch (IOException e) {
            cause.addSuppressed(e);
            return cause;
        }
    }

    private static Refusal diskFull(BlobRef blob) {
        return new Refusal(
                Reason.DISK_FULL,
                "the coordinator's disk has no room for the " + blob.bytes() + " bytes of blob " + blob.sha256()
                        + ": free some, then resume");
    }

    private static HttpResponse created(BlobRef blob) {
        return HttpResponse.create()
                .withStatus(StatusCodes.CREATED)
                .addHeader(RawHeader.create("ETag", "\"" + blob.sha256() + "\""));
    }
}
