package dev.espalier.protocol.files;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file in the making: written under a temporary name in the target's folder, and visible under its own only once it is
 * complete and on disk. A crash at any instant leaves the old file or the new one. Closing without {@link #publish()}
 * discards it.
 */
public final class PendingFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;

    private PendingFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** @throws UserError if the folder cannot be written to; it is created if need be */
    public static PendingFile create(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        try {
            Files.createDirectories(folder);
            Path temporary = AtomicFiles.temporary(folder, target.getFileName().toString());
            FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
            return new PendingFile(target, temporary, channel);
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /** Writes all of the buffer at this position of the file. */
    public void write(ByteBuffer bytes, long position) {
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /** Makes the file durable and visible, replacing an older one in one step. */
    public void publish() {
        try {
            channel.close();
            AtomicFiles.publish(temporary, target.toAbsolutePath());
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    private static UserError cannotWrite(Path target, IOException cause) {
        return new UserError(
                "Cannot write " + target + ": " + cause.getMessage() + ". Check free space and permissions.", cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + temporary, e);
        }
    }
}
