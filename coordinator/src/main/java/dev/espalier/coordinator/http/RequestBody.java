package dev.espalier.coordinator.http;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;

/** Bodies of commands, judged strictly: what is not understood is not ignored. */
final class RequestBody {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private RequestBody() {}

    /** The object; an empty one if there is no body, and nothing if it is anything else. */
    static Optional<JsonNode> parse(byte[] body) {
        try {
            JsonNode json = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
            return Optional.of(json).filter(JsonNode::isObject);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Why a body was not read. */
    static Problem refusal(Throwable failure) {
        if (failure instanceof EntityStreamSizeException size) {
            return new Problem(
                    StatusCodes.CONTENT_TOO_LARGE,
                    "too-large",
                    "the body is longer than the " + size.limit() + " bytes that such a command may have");
        }
        return new Problem(StatusCodes.REQUEST_TIMEOUT, "too-slow", "the body did not arrive: send it again");
    }

    /** What is wrong with the fields; empty if each is known. */
    static Optional<String> unknownField(JsonNode json, List<String> known) {
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                String shown = name.length() <= 40 ? name : name.substring(0, 40) + "...";
                return Optional.of("there is no field \"" + shown + "\": "
                        + (known.isEmpty() ? "send {}" : "there are " + String.join(", ", known)));
            }
        }
        return Optional.empty();
    }
}
