package dev.espalier.monitoring;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * {@code metrics.jsonl}: one JSON object a line, one line a training step, in the order the steps were taken. Each
 * line reaches the operating system as it is written; a kill can tear the last line at most, and opening the log cuts
 * a torn line off. Not thread-safe.
 */
public final class MetricsLog implements Closeable {
    private final Path file;
    private final FileChannel channel;

    private MetricsLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens the log for appending; it is created if it is not there. */
    public static MetricsLog open(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        MetricsLog log = new MetricsLog(file, channel);
        log.truncateAt(line -> false);
        return log;
    }

    /**
     * All whole lines, oldest first. A torn last line, as a reader may see it while the log is written, is left out.
     *
     * @throws IOException if the file cannot be read or a line is no step
     */
    public static List<StepLine> read(Path file) throws IOException {
        List<StepLine> steps = new ArrayList<>();
        for (String line : wholeLines(file)) {
            steps.add(StepLineFormat.read(line));
        }
        return steps;
    }

    /**
     * Hands out all whole lines, oldest first, holding one at a time: for logs of any length.
     *
     * @throws IOException if the file cannot be read or a line is no step
     */
    public static void forEach(Path file, Consumer<StepLine> reader) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String line = lines.readLine();
            while (line != null) {
                String next = lines.readLine();
                Optional<StepLine> step = StepLineFormat.parse(line);
                if (step.isPresent()) {
                    reader.accept(step.get());
                } else if (next != null) {
                    throw new IOException(file + " holds a line that is no step");
                }
                line = next;
            }
        }
    }

    public void append(StepLine step) throws IOException {
        ByteBuffer line = StandardCharsets.UTF_8.encode(StepLineFormat.write(step) + "\n");
        while (line.hasRemaining()) {
            channel.write(line);
        }
    }

    /**
     * Forgets what is about to be done again: cuts the log before the first line of {@code stage} whose step is
     * {@code step} or later.
     */
    public void rewind(String stage, int step) throws IOException {
        truncateAt(line -> line.stage().equals(stage) && line.step() >= step);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Keeps the longest prefix of whole, readable lines of which none is unwanted. */
    private void truncateAt(Predicate<StepLine> unwanted) throws IOException {
        long end = 0;
        for (String line : wholeLines(file)) {
            if (StepLineFormat.parse(line).filter(unwanted.negate()).isEmpty()) {
                break;
            }
            end += line.getBytes(StandardCharsets.UTF_8).length + 1;
        }
        channel.truncate(end);
        channel.position(end);
    }

    private static List<String> wholeLines(Path file) throws IOException {
        String content = Files.readString(file);
        return content.substring(0, content.lastIndexOf('\n') + 1).lines().toList();
    }
}
