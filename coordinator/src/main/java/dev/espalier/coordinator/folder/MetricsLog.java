package dev.espalier.coordinator.folder;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * {@code metrics.jsonl}: one JSON object a line, one line a training step, in the order the steps were taken. Each
 * line reaches the operating system as it is written; a kill can tear the last line at most, and opening the log cuts
 * a torn line off. Not thread-safe.
 */
public final class MetricsLog implements Closeable {
    private final Path file;
    private FileChannel channel;

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
        ByteBuffer line = StandardCharsets.UTF_8.encode(StepLineFormat.record(step) + "\n");
        while (line.hasRemaining()) {
            channel.write(line);
        }
    }

    /**
     * Forgets what is about to be done again: cuts the log before the first line of {@code stage} whose step is
     * {@code step} or later.
     *
     * @return whether there was any
     */
    public boolean rewind(String stage, int step) throws IOException {
        return truncateAt(line -> of(line, stage) && line.step().step() >= step);
    }

    /**
     * Forgets the lines of {@code stage} whose step is at least {@code from} and below {@code to}: a slice that is done
     * again. Unlike after {@link #rewind}, lines that were written later stay, as slices are trained side by side.
     *
     * @return whether there was any
     */
    public boolean forget(String stage, int from, int to) throws IOException {
        Predicate<StepLine> unwanted = line ->
                of(line, stage) && line.step().step() >= from && line.step().step() < to;
        List<String> lines = wholeLines(file);
        List<String> kept = new ArrayList<>();
        for (String line : lines) {
            if (StepLineFormat.parse(line).filter(unwanted).isEmpty()) {
                kept.add(line);
            }
        }
        if (lines.subList(0, kept.size()).equals(kept)) {
            return truncateAt(unwanted);
        }
        replace(kept);
        return true;
    }

    private static boolean of(StepLine line, String stage) {
        return line.step().stage().word().equals(stage);
    }

    /** A crash at any instant leaves the old lines or the new ones. */
    private void replace(List<String> lines) throws IOException {
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        FileChannel next = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        try {
            ByteBuffer content = StandardCharsets.UTF_8.encode(
                    lines.stream().map(line -> line + "\n").collect(Collectors.joining()));
            while (content.hasRemaining()) {
                next.write(content);
            }
            next.force(true);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            next.close();
            throw e;
        }
        channel.close();
        channel = next;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Keeps the longest prefix of whole, readable lines of which none is unwanted.
     *
     * @return whether anything was cut off
     */
    private boolean truncateAt(Predicate<StepLine> unwanted) throws IOException {
        long end = 0;
        for (String line : wholeLines(file)) {
            if (StepLineFormat.parse(line).filter(unwanted.negate()).isEmpty()) {
                break;
            }
            end += line.getBytes(StandardCharsets.UTF_8).length + 1;
        }
        boolean longer = channel.size() > end;
        channel.truncate(end);
        channel.position(end);
        return longer;
    }

    private static List<String> wholeLines(Path file) throws IOException {
        String content = Files.readString(file);
        return content.substring(0, content.lastIndexOf('\n') + 1).lines().toList();
    }
}
