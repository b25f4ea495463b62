package dev.espalier.coordinator.http;

import dev.espalier.protocol.UserError;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.pattern.StatusReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Why a run or a file did not answer, in words for whoever asked. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static Problem unknown(String run, List<String> similar) {
        String hint = similar.isEmpty() ? "" : ": did you mean " + String.join(" or ", similar) + "?";
        return new Problem(StatusCodes.NOT_FOUND, "unknown-run", "there is no run " + shown(run) + hint, similar);
    }

    static HttpResponse response(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return problem(cause).response();
    }

    private static Problem problem(Throwable cause) {
        if (cause instanceof StatusReply.ErrorMessage || cause instanceof UserError) {
            return new Problem(StatusCodes.CONFLICT, "refused", cause.getMessage());
        } else if (cause instanceof TimeoutException) {
            return new Problem(
                    StatusCodes.GATEWAY_TIMEOUT,
                    "no-answer",
                    "the run does not answer: it may be reading its artefacts again after a restart, and will then do"
                            + " what it was told; ask for its status");
        } else if (cause instanceof RunFiles.Busy) {
            return new Problem(
                    StatusCodes.SERVICE_UNAVAILABLE,
                    "busy",
                    "too many run files are being read: try again in a moment");
        }
        LOG.error("a request could not be answered", cause);
        return new Problem(
                StatusCodes.INTERNAL_SERVER_ERROR, "internal", "the coordinator failed to answer: its log tells why");
    }

    private static String shown(String run) {
        return run.length() <= 64 ? run : run.substring(0, 64) + "...";
    }
}
