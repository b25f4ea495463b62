package dev.espalier.coordinator.blobs;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** GET and HEAD: a blob or a range of it, read from disk as fast as the receiver takes it. */
record BlobDownload(BlobSettings settings, BlobListener listener) {
    private static final int CHUNK_BYTES = 1 << 18;

    HttpResponse get(HttpRequest request, BlobFolder blobs, String sha256) throws IOException {
        Optional<BlobRef> found = blobs.find(sha256);
        if (found.isEmpty()) {
            throw new Refusal(Refusal.Reason.UNKNOWN_BLOB, "the run has no blob " + sha256);
        }
        BlobRef blob = found.get();
        if (value(request, "If-None-Match").filter(tag -> tag.contains(sha256)).isPresent()) {
            return describe(HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED), sha256);
        }
        // Under one hash there is never another content, so If-Range can only fail by naming another blob.
        Optional<ByteRange> range =
                value(request, "If-Range").filter(tag -> !tag.contains(sha256)).isPresent()
                        ? Optional.empty()
                        : requested(request, blob);
        HttpResponse response = describe(HttpResponse.create(), sha256);
        if (range.isPresent()) {
            ByteRange part = range.get();
            response = response.withStatus(StatusCodes.PARTIAL_CONTENT)
                    .addHeader(RawHeader.create(
                            "Content-Range", "bytes " + part.first() + "-" + (part.end() - 1) + "/" + blob.bytes()));
        }
        return content(response, blobs.path(blob), range.orElse(new ByteRange(0, blob.bytes())));
    }

    /** Tells what is there: the blob, or how much of it has been uploaded. Keeps an unreferenced blob a while longer. */
    HttpResponse head(BlobFolder blobs, String sha256) throws IOException {
        Optional<BlobRef> found = blobs.find(sha256);
        if (found.isPresent() && blobs.renew(found.get())) {
            return describe(HttpResponse.create(), sha256)
                    .withEntity(HttpEntities.create(
                            ContentTypes.APPLICATION_OCTET_STREAM, found.get().bytes(), Source.empty()));
        }
        return HttpResponse.create()
                .withStatus(StatusCodes.NOT_FOUND)
                .addHeaders(List.of(
                        RawHeader.create(Refusal.UPLOAD_OFFSET, Long.toString(blobs.received(sha256))),
                        RawHeader.create("Upload-Limit", "max-size=" + settings.maxBytes())));
    }

    private Optional<ByteRange> requested(HttpRequest request, BlobRef blob) throws Refusal {
        Optional<String> header = value(request, "Range");
        return header.isPresent() ? ByteRange.requested(header.get(), blob.bytes()) : Optional.empty();
    }

    private static HttpResponse describe(HttpResponse response, String sha256) {
        return response.addHeaders(
                List.of(RawHeader.create("ETag", "\"" + sha256 + "\""), RawHeader.create("Accept-Ranges", "bytes")));
    }

    private HttpResponse content(HttpResponse response, Path file, ByteRange range) {
        if (range.length() == 0) {
            return response.withEntity(HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, new byte[0]));
        }
        Source<ByteString, NotUsed> bytes = Source.unfoldResource(
                () -> new Reading(FileChannel.open(file, StandardOpenOption.READ), range),
                Reading::next,
                reading -> listener.sent(reading.close()));
        return response.withEntity(HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, range.length(), bytes));
    }

    private static Optional<String> value(HttpRequest request, String header) {
        return request.getHeader(header).map(HttpHeader::value);
    }

    /** The file stays open, and whole, even if the blob is dropped meanwhile. */
    private static final class Reading {
        private final FileChannel channel;
        private final ByteRange range;
        private long position;

        Reading(FileChannel channel, ByteRange range) {
            this.channel = channel;
            this.range = range;
            position = range.first();
        }

        Optional<ByteString> next() throws IOException {
            if (position == range.end()) {
                return Optional.empty();
            }
            byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, range.end() - position)];
            int count = channel.read(ByteBuffer.wrap(chunk), position);
            if (count < 0) {
                throw new EOFException("a blob has become shorter while it was sent");
            }
            position += count;
            return Optional.of(ByteString.fromArrayUnsafe(chunk, 0, count));
        }

        long close() throws IOException {
            channel.close();
            return position - range.first();
        }
    }
}
