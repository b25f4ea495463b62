package dev.espalier.coordinator.blobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** A refusal as RFC 9457 wants it told. */
final class Problem {
    static final String UPLOAD_OFFSET = "Upload-Offset";

    private static final ContentType TYPE = MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8)
            .toContentType();

    private Problem() {}

    static HttpResponse response(Refusal refusal) {
        Refusal.Reason reason = refusal.reason();
        ObjectNode problem = JsonNodeFactory.instance.objectNode();
        problem.put("type", "urn:espalier:problem:" + reason.word());
        problem.put("title", reason.status().reason());
        problem.put("status", reason.status().intValue());
        problem.put("detail", refusal.getMessage());
        HttpResponse response = HttpResponse.create()
                .withStatus(reason.status())
                .withEntity(HttpEntities.create(TYPE, problem.toString().getBytes(StandardCharsets.UTF_8)));
        if (reason == Refusal.Reason.UNAUTHORISED) {
            response = response.addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
        } else if (reason == Refusal.Reason.WRONG_METHOD) {
            response = response.addHeader(RawHeader.create("Allow", "GET, HEAD, PUT"));
        }
        return refusal.offset().isEmpty()
                ? response
                : response.addHeader(RawHeader.create(
                        UPLOAD_OFFSET, Long.toString(refusal.offset().getAsLong())));
    }
}
