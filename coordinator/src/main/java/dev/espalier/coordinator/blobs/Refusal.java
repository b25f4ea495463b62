package dev.espalier.coordinator.blobs;

import dev.espalier.coordinator.http.Problem;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** A request that is not granted: why, and in its message what the sender can do. No blob was stored. */
public final class Refusal extends IOException {
    /** Header: how much of a blob is there. */
    static final String UPLOAD_OFFSET = "Upload-Offset";

    private static final long serialVersionUID = 1L;

    /** All there are, so that they can be counted by kind. */
    public enum Reason {
        UNAUTHORISED(StatusCodes.UNAUTHORIZED),
        WRONG_NAME(StatusCodes.BAD_REQUEST),
        UNKNOWN_RUN(StatusCodes.NOT_FOUND),
        UNKNOWN_BLOB(StatusCodes.NOT_FOUND),
        WRONG_METHOD(StatusCodes.METHOD_NOT_ALLOWED),
        WRONG_RANGE(StatusCodes.RANGE_NOT_SATISFIABLE),
        WRONG_CONTENT_RANGE(StatusCodes.BAD_REQUEST),
        NO_LENGTH(StatusCodes.LENGTH_REQUIRED),
        TOO_LARGE(StatusCodes.CONTENT_TOO_LARGE),
        WRONG_OFFSET(StatusCodes.CONFLICT),
        BUSY(StatusCodes.CONFLICT),
        TRUNCATED(StatusCodes.BAD_REQUEST),
        WRONG_HASH(StatusCodes.UNPROCESSABLE_CONTENT),
        DISK_FULL(StatusCodes.INSUFFICIENT_STORAGE),
        FAILED(StatusCodes.INTERNAL_SERVER_ERROR);

        private final StatusCode status;

        Reason(StatusCode status) {
            this.status = status;
        }

        StatusCode status() {
            return status;
        }

        /** For labels and addresses. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Reason reason;
    private final long offset;

    Refusal(Reason reason, String message) {
        this(reason, message, -1);
    }

    /** @param offset where an upload would have to go on */
    Refusal(Reason reason, String message, long offset) {
        super(message);
        this.reason = reason;
        this.offset = offset;
    }

    Reason reason() {
        return reason;
    }

    OptionalLong offset() {
        return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** As the sender is told it. */
    HttpResponse response() {
        HttpResponse response = new Problem(reason.status(), reason.word(), getMessage()).response();
        if (reason == Reason.UNAUTHORISED) {
            response = response.addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
        } else if (reason == Reason.WRONG_METHOD) {
            response = response.addHeader(RawHeader.create("Allow", "GET, HEAD, PUT"));
        }
        return offset < 0 ? response : response.addHeader(RawHeader.create(UPLOAD_OFFSET, Long.toString(offset)));
    }
}
