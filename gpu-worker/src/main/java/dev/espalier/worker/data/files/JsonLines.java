package dev.espalier.worker.data.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.espalier.protocol.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A JSON-lines file, compressed or not, read a line at a time; blank lines are none. */
public final class JsonLines implements Rows {
    private static final int MAX_LINE = 1 << 28;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(MAX_LINE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private long number;

    private JsonLines(Path file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /** @throws UserError if the file cannot be read */
    public static JsonLines open(Path file) {
        try {
            return new JsonLines(file, Unpacked.open(file));
        } catch (IOException e) {
            throw unreadable(file, file.toString(), e);
        }
    }

    /**
     * The next line that is not blank; empty at the end of the file.
     *
     * @throws UserError that names the line which is not UTF-8, not one JSON value, or longer than 256 MiB
     */
    @Override
    public Optional<Row> next() {
        for (Optional<byte[]> line = line(); line.isPresent(); line = line()) {
            String text = TextFile.decode(ByteBuffer.wrap(line.get()), where());
            if (number == 1) {
                text = TextFile.withoutMark(text);
            }
            if (!text.isBlank()) {
                return Optional.of(new Row(parsed(text), where()));
            }
        }
        return Optional.empty();
    }

    private JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UserError(where() + " is not valid JSON: " + e.getOriginalMessage() + ".");
        }
    }

    private Optional<byte[]> line() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        number++;
        try {
            while (fill()) {
                int start = from;
                while (from < to && buffer[from] != '\n') {
                    from++;
                }
                line.write(buffer, start, from - start);
                if (line.size() > MAX_LINE) {
                    throw new UserError(where() + " is longer than " + (MAX_LINE >> 20) + " MiB. Split that document.");
                }
                if (from < to) {
                    from++;
                    return Optional.of(line.toByteArray());
                }
            }
        } catch (IOException e) {
            throw unreadable(file, where(), e);
        }
        return line.size() > 0 ? Optional.of(line.toByteArray()) : Optional.empty();
    }

    /** Whether there are bytes to look at. */
    private boolean fill() throws IOException {
        if (from == to) {
            from = 0;
            to = Math.max(0, in.read(buffer));
        }
        return to > 0;
    }

    private String where() {
        return file + ", line " + number;
    }

    private static UserError unreadable(Path file, String where, IOException e) {
        return e instanceof NoSuchFileException
                ? new UserError("The file " + file.toAbsolutePath() + " does not exist.", e)
                : new UserError("Cannot read " + where + ": " + e.getMessage() + ".", e);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw unreadable(file, file.toString(), e);
        }
    }
}
