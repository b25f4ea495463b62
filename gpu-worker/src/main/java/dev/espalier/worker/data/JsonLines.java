package dev.espalier.worker.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.espalier.protocol.UserError;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A text field of each line of a JSON-lines file. */
final class JsonLines {
    private static final int MAX_LINE = 1 << 28;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(MAX_LINE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final String field;
    private final Consumer<String> consumer;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long number = 1;

    private JsonLines(Path file, String field, Consumer<String> consumer) {
        this.file = file;
        this.field = field;
        this.consumer = consumer;
    }

    /**
     * Passes on the field of every line that is not blank.
     *
     * @throws UserError that names the line which is not UTF-8, not a JSON object, lacks the field or is too long
     */
    static void forEach(Path file, String field, Consumer<String> consumer) {
        new JsonLines(file, field, consumer).read();
    }

    private void read() {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                split(buffer, n);
            }
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
        finishLine();
    }

    private void split(byte[] buffer, int length) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (buffer[i] == '\n') {
                line.write(buffer, start, i - start);
                finishLine();
                number++;
                start = i + 1;
            }
        }
        line.write(buffer, start, length - start);
        if (line.size() > MAX_LINE) {
            throw new UserError(where() + " is longer than " + (MAX_LINE >> 20) + " MiB. Split that document.");
        }
    }

    private void finishLine() {
        String text = TextFile.decode(ByteBuffer.wrap(line.toByteArray()), where());
        line.reset();
        if (!text.isBlank()) {
            consumer.accept(field(text));
        }
    }

    private String field(String json) {
        JsonNode object;
        try {
            object = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UserError(where() + " is not valid JSON: " + e.getOriginalMessage() + ".");
        }
        JsonNode text = object.path(field);
        if (!text.isTextual()) {
            throw new UserError(where() + " has no text field '" + field + "'. Name the right one with text-field.");
        }
        return text.textValue();
    }

    private String where() {
        return file + ", line " + number;
    }
}
