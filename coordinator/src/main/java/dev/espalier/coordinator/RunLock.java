package dev.espalier.coordinator;

import dev.espalier.protocol.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Holds a run folder for one process; the operating system lets go of it however the process ends. */
final class RunLock implements Closeable {
    private static final String NAME = ".lock";

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws UserError if another process, or another run of this one, holds the folder */
    static RunLock take(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new RunLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw inUse(directory, e);
        }
        channel.close();
        throw inUse(directory, null);
    }

    private static UserError inUse(Path directory, Throwable cause) {
        return new UserError(
                "the run in " + directory + " is being executed by another process: wait for it, or use another --out",
                cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
