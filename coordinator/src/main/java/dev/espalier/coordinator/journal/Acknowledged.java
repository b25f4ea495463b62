package dev.espalier.coordinator.journal;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The number of the last event that a journal acknowledged, in a file beside it: a journal that ends before it has lost
 * something, be it that its write-ahead log was cut or left behind, or that it is an older copy. SQLite itself takes the
 * last transaction that it finds whole for the last one there was.
 *
 * <p>Written after the journal's commit and before the acknowledgement, and not forced to the device: after a power cut
 * it may name an earlier event, and so never one that the journal need not have.
 */
final class Acknowledged implements Closeable {
    static final String NAME = "acknowledged";

    private static final Pattern CONTENT = Pattern.compile("(\\d{19}) ([0-9a-f]{8})\n");

    private final FileChannel channel;
    private long number;

    private Acknowledged(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @return empty if nothing is known
     * @throws UserError if the file is damaged
     */
    static Optional<Long> read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Matcher matcher = CONTENT.matcher(new String(bytes, StandardCharsets.US_ASCII));
        if (!matcher.matches() || !matcher.group(2).equals(sum(matcher.group(1)))) {
            throw new UserError(file + ", which tells how many events the journal beside it must have, is damaged: put"
                    + " it back as it was; or look whether the journal is whole, and delete " + file);
        }
        return Optional.of(Long.parseLong(matcher.group(1)));
    }

    static Acknowledged open(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            AtomicFiles.write(file, content(0));
        }
        return new Acknowledged(FileChannel.open(file, StandardOpenOption.WRITE));
    }

    /** All events up to {@code last} are in the journal. */
    void raise(long last) throws IOException {
        if (last > number) {
            channel.write(ByteBuffer.wrap(content(last)), 0);
            number = last;
        }
    }

    private static byte[] content(long number) {
        String digits = String.format(Locale.ROOT, "%019d", number);
        return (digits + " " + sum(digits) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static String sum(String digits) {
        CRC32C sum = new CRC32C();
        sum.update(digits.getBytes(StandardCharsets.US_ASCII));
        return String.format(Locale.ROOT, "%08x", sum.getValue());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
