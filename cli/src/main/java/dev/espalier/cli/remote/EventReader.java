package dev.espalier.cli.remote;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Reads server-sent events one by one; a connection that is silent for too long counts as broken. */
final class EventReader implements Closeable {
    private static final int MOST_CHARACTERS = 4 << 20;

    /** @param id empty if it has none */
    record Event(String id, String kind, String data) {}

    private final InputStream stream;
    private final BufferedReader lines;
    private final Duration patience;
    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "event-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    /** @param patience how long the stream may be silent, heartbeats included */
    EventReader(InputStream stream, Duration patience) {
        this.stream = stream;
        this.patience = patience;
        lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    /**
     * Waits for the next event.
     *
     * @return empty at the end of the stream
     * @throws IOException if the connection breaks or is silent for too long
     */
    Optional<Event> next() throws IOException {
        String id = "";
        String kind = "";
        StringBuilder data = new StringBuilder();
        for (String line = line(); line != null; line = line()) {
            if (line.startsWith("id:")) {
                id = value(line, 3);
            } else if (line.startsWith("event:")) {
                kind = value(line, 6);
            } else if (line.startsWith("data:")) {
                data.append(value(line, 5));
            } else if (line.isEmpty() && !kind.isEmpty()) {
                return Optional.of(new Event(id, kind, data.toString()));
            }
            if (data.length() > MOST_CHARACTERS) {
                throw new IOException("an event is longer than any that a coordinator sends");
            }
        }
        return Optional.empty();
    }

    private static String value(String line, int from) {
        return line.startsWith(" ", from) ? line.substring(from + 1) : line.substring(from);
    }

    private String line() throws IOException {
        ScheduledFuture<?> silence = watchdog.schedule(this::hangUp, patience.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return lines.readLine();
        } finally {
            silence.cancel(false);
        }
    }

    private void hangUp() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new IllegalStateException("the connection cannot be closed", e);
        }
    }

    @Override
    public void close() throws IOException {
        watchdog.shutdownNow();
        stream.close();
    }
}
