package dev.espalier.protocol.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The JSON files of a model folder, size-bounded and strict. */
public final class JsonFile {
    private static final long MAX_BYTES = 256L << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /** @throws UserError unless the file exists, is not absurdly large, and holds one JSON object */
    public static ObjectNode read(Path file) {
        return parse(file, bytes(file));
    }

    /** @throws UserError unless the bytes are one JSON object; {@code file} is for the message */
    public static ObjectNode parse(Path file, byte[] content) {
        try {
            JsonNode root = JSON.readTree(content);
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new UserError(file + " holds no JSON object.");
        } catch (JsonProcessingException e) {
            throw new UserError(file + " is not valid JSON: " + e.getOriginalMessage() + " at line "
                    + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ".");
        } catch (IOException e) {
            throw new UserError(file + " is not valid JSON: " + e.getMessage() + ".", e);
        }
    }

    /** A byte order mark is none of JSON's and so left out. */
    private static byte[] withoutMark(byte[] content) {
        boolean marked = content.length >= 3
                && content[0] == (byte) 0xef
                && content[1] == (byte) 0xbb
                && content[2] == (byte) 0xbf;
        return marked ? Arrays.copyOfRange(content, 3, content.length) : content;
    }

    /** @throws UserError unless the file exists and can be read whole */
    public static byte[] bytes(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError(file + " does not exist or is not a file.");
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new UserError(
                        file + " is larger than " + (MAX_BYTES >> 20) + " MiB; that is not what it should be.");
            }
            return withoutMark(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
