package dev.espalier.coordinator.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * H2's files, with every write on the device before the next: H2 itself leaves that to the operating system, which
 * loses up to half a minute of commits when the machine stops. What the run folder deletes is on the device within
 * seconds, so that the journal would refer to students that are no longer there.
 */
public final class SyncedFilePath extends FilePathWrapper {
    static final String SCHEME = "synced";

    /** Lets H2 know of the scheme. */
    static void register() {
        FilePath.register(new SyncedFilePath());
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return super.open("rw".equals(mode) ? "rwd" : mode);
    }
}
