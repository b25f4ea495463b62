package dev.espalier.coordinator.journal;

import dev.espalier.protocol.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Holds a folder for one user of it; the operating system lets go of it however the process ends. */
public final class FolderLock implements Closeable {
    /** The file that is locked. */
    public static final String NAME = ".lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param inUse what to say when another process, or another user in this one, holds the folder
     * @throws UserError then
     */
    public static FolderLock take(Path folder, String inUse) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new FolderLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new UserError(inUse, e);
        } catch (IOException e) {
            channel.close();
            throw new IOException(folder + " cannot be locked (" + e.getMessage() + "): use a local disk", e);
        }
        channel.close();
        throw new UserError(inUse);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
