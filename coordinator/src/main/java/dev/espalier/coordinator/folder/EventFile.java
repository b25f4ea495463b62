package dev.espalier.coordinator.folder;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The event file beside a {@code metrics.jsonl}, for {@code tensorboard --logdir}. It is always what the lines there make
 * of it: as far as it is that already, it is written on, whatever a kill has torn; else another file with a later name
 * takes its place, for a reader that has the old one open would read on in the middle of a record; of that one an empty file
 * stays. There is none as long as there are no lines. Not thread-safe.
 */
final class EventFile implements Closeable {
    /** Seconds of the run's first line, and how many files had its place before: readers take them in this order. */
    private static final Pattern NAME = Pattern.compile("(events\\.out\\.tfevents\\.\\d{10,12}\\.espalier\\.)(\\d{6})");

    private static final String TEMPORARY = ".events.tmp";

    private final Path metrics;
    private StepEvents events = new StepEvents();
    private Optional<FileChannel> channel = Optional.empty();

    private EventFile(Path metrics) {
        this.metrics = metrics;
    }

    /** @param metrics {@code metrics.jsonl}, which is there and whole */
    static EventFile beside(Path metrics) throws IOException {
        EventFile file = new EventFile(metrics);
        file.follow();
        return file;
    }

    /** Writes what was just written to {@code metrics.jsonl}. */
    void append(StepLine line) throws IOException {
        byte[] records = events.next(line);
        if (channel.isEmpty()) {
            Path file = successor(last(), line.time());
            channel = Optional.of(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        }
        write(channel.get(), ByteBuffer.wrap(records));
    }

    /** Makes the file what {@code metrics.jsonl} makes of it, which was opened, or cut. */
    void follow() throws IOException {
        close();
        Optional<Path> last = last();
        Path wanted = folder().resolve(TEMPORARY);
        try {
            Optional<Instant> begun = writeWanted(wanted);
            Optional<Path> kept = Optional.empty();
            if (begun.isPresent()) {
                kept = last.isPresent() && completed(last.get(), wanted)
                        ? last
                        : Optional.of(successor(last, begun.get()));
                if (!kept.equals(last)) {
                    Files.move(wanted, kept.get(), StandardCopyOption.ATOMIC_MOVE);
                }
                channel =
                        Optional.of(FileChannel.open(kept.get(), StandardOpenOption.WRITE, StandardOpenOption.APPEND));
            }
            emptyBut(kept);
        } finally {
            Files.deleteIfExists(wanted);
        }
    }

    private Optional<Path> last() throws IOException {
        List<Path> files = files(folder());
        return files.isEmpty() ? Optional.empty() : Optional.of(files.get(files.size() - 1));
    }

    /** Readers that have one open go on to the next when they come to its end, and never if it is gone. */
    private void emptyBut(Optional<Path> kept) throws IOException {
        for (Path file : files(folder())) {
            if (!Optional.of(file).equals(kept) && Files.size(file) > 0) {
                Files.write(file, new byte[0]);
            }
        }
    }

    /** All event files that Espalier wrote in a folder, in the order of their names. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(
                            file -> NAME.matcher(file.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    /** Deletes the event files of a folder; all that they tell is in {@code metrics.jsonl}. */
    static void delete(Path folder) throws IOException {
        for (Path file : files(folder)) {
            Files.delete(file);
        }
    }

    /** @return when the first line was told; empty if there is none */
    private Optional<Instant> writeWanted(Path wanted) throws IOException {
        events = new StepEvents();
        Instant[] begun = new Instant[1];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(wanted))) {
            MetricsLog.forEach(metrics, line -> {
                begun[0] = begun[0] == null ? line.time() : begun[0];
                try {
                    out.write(events.next(line));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return Optional.ofNullable(begun[0]);
    }

    /** Appends what the file lacks; false if it says anything else, or was emptied. */
    private static boolean completed(Path file, Path wanted) throws IOException {
        long there = Files.size(file);
        long differs = Files.mismatch(file, wanted);
        if (there == 0 || (differs >= 0 && differs < there)) {
            return false;
        }
        try (FileChannel from = FileChannel.open(wanted, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            for (long at = there; at < from.size(); ) {
                at += from.transferTo(at, from.size() - at, to);
            }
        }
        return true;
    }

    /** @param begun when the first line was told, by which the first file is named */
    private Path successor(Optional<Path> last, Instant begun) {
        Matcher former =
                NAME.matcher(last.map(file -> file.getFileName().toString()).orElse(""));
        String name = former.matches()
                ? former.group(1) + String.format("%06d", Integer.parseInt(former.group(2)) + 1)
                : String.format("events.out.tfevents.%010d.espalier.%06d", Math.max(0, begun.getEpochSecond()), 0);
        return folder().resolve(name);
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private Path folder() {
        return metrics.toAbsolutePath().getParent();
    }

    @Override
    public void close() throws IOException {
        if (channel.isPresent()) {
            channel.get().close();
            channel = Optional.empty();
        }
    }
}
