package dev.espalier.coordinator.folder;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
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

/**
 * {@code metrics.jsonl}: one JSON object a line, one line a training step, in the order the steps were taken. Each
 * line reaches the operating system as it is written; a kill can tear the last line at most, and opening the log cuts
 * a torn line off. Not thread-safe.
 */
public final class MetricsLog implements Closeable {
    private static final int READ_BYTES = 1 << 16;

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
        lines(file, line -> {
            steps.add(StepLineFormat.read(text(line)));
            return true;
        });
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
        if (!isAmongOthers(unwanted)) {
            return truncateAt(unwanted);
        }
        dropEach(unwanted);
        return true;
    }

    /** Whether lines that are to stay come after one that is not. */
    private boolean isAmongOthers(Predicate<StepLine> unwanted) throws IOException {
        boolean[] seen = new boolean[2];
        lines(file, line -> {
            boolean goes = StepLineFormat.parse(text(line)).filter(unwanted).isPresent();
            seen[1] = seen[0] && !goes;
            seen[0] |= goes;
            return !seen[1];
        });
        return seen[1];
    }

    private static boolean of(StepLine line, String stage) {
        return line.step().stage().word().equals(stage);
    }

    /** A crash at any instant leaves the old lines or the new ones. */
    private void dropEach(Predicate<StepLine> unwanted) throws IOException {
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        FileChannel next = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        try {
            OutputStream kept = new BufferedOutputStream(Channels.newOutputStream(next));
            lines(file, line -> {
                if (StepLineFormat.parse(text(line)).filter(unwanted).isEmpty()) {
                    kept.write(line);
                }
                return true;
            });
            kept.flush();
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
        long end = lines(file, line -> StepLineFormat.parse(text(line))
                .filter(unwanted.negate())
                .isPresent());
        boolean longer = channel.size() > end;
        channel.truncate(end);
        channel.position(end);
        return longer;
    }

    private interface LineReader {
        /**
         * @param line with the line break
         * @return whether to go on with the next
         */
        boolean goesOn(byte[] line) throws IOException;
    }

    private static String text(byte[] line) {
        return new String(line, 0, line.length - 1, StandardCharsets.UTF_8);
    }

    /**
     * Hands out whole lines, holding one at a time.
     *
     * @return where the line begins that the reader did not go on from, or the end of the last whole one
     */
    private static long lines(Path file, LineReader reader) throws IOException {
        long end = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), READ_BYTES)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                line.write(next);
                if (next == '\n') {
                    if (!reader.goesOn(line.toByteArray())) {
                        break;
                    }
                    end += line.size();
                    line.reset();
                }
            }
        }
        return end;
    }
}
