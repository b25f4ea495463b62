package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A stream of server-sent events, read one by one. */
final class Events implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Stream<String> stream;
    private final Iterator<String> lines;

    record Event(String id, String kind, JsonNode data) {
        boolean is(String wanted) {
            return kind.equals(wanted);
        }
    }

    Events(Stream<String> stream) {
        this.stream = stream;
        lines = stream.iterator();
    }

    /** Waits for the next event; heartbeats are none. */
    Event next() throws IOException {
        String id = "";
        String kind = "";
        StringBuilder data = new StringBuilder();
        while (true) {
            String line = lines.next();
            if (line.startsWith("id:")) {
                id = line.substring(3).strip();
            } else if (line.startsWith("event:")) {
                kind = line.substring(6).strip();
            } else if (line.startsWith("data:")) {
                data.append(line.substring(5));
            } else if (line.isEmpty() && !kind.isEmpty()) {
                return new Event(id, kind, JSON.readTree(data.toString()));
            }
        }
    }

    /** All events up to the first of the kind, with it. */
    List<Event> until(Predicate<Event> last) throws IOException {
        List<Event> events = new ArrayList<>();
        do {
            events.add(next());
        } while (!last.test(events.get(events.size() - 1)));
        return events;
    }

    @Override
    public void close() {
        stream.close();
    }
}
