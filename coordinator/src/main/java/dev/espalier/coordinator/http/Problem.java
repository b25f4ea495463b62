package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.util.ByteString;

/**
 * Why a request was not fulfilled, as RFC 9457 has it.
 *
 * @param type the kind, which programs may tell apart: the last part of its URI
 * @param detail for people: what, where, what to do
 * @param similar names that may have been meant
 */
public record Problem(StatusCode status, String type, String detail, List<String> similar) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ContentType CONTENT_TYPE = MediaTypes.applicationWithFixedCharset(
                    "problem+json", HttpCharsets.UTF_8)
            .toContentType();

    public Problem(StatusCode status, String type, String detail) {
        this(status, type, detail, List.of());
    }

    static Problem badRequest(String detail) {
        return new Problem(StatusCodes.BAD_REQUEST, "bad-request", detail);
    }

    public HttpResponse response() {
        ObjectNode json = JSON.createObjectNode()
                .put("type", "urn:espalier:problem:" + type)
                .put("title", status.reason())
                .put("status", status.intValue())
                .put("detail", detail);
        if (!similar.isEmpty()) {
            similar.forEach(json.putArray("similar")::add);
        }
        return HttpResponse.create()
                .withStatus(status)
                .withEntity(HttpEntities.create(CONTENT_TYPE, ByteString.fromString(json.toString())));
    }
}
