package dev.espalier.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The one failure of writing that its user can mend: no space left. Java only tells it in words. */
public final class DiskFull {
    public static final String MESSAGE =
            "there is no space left on the disk: free some, or use another --out; nothing that was complete is lost";

    /** A file system that is full keeps less than this free, in fragments. */
    private static final long NEXT_TO_NOTHING = 1 << 20;

    private DiskFull() {}

    /** Whether this folder's disk is full now, whatever the failure said. */
    static boolean at(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace() < NEXT_TO_NOTHING;
        } catch (IOException e) {
            return false;
        }
    }

    static boolean causes(Throwable failure) {
        return Stream.iterate(failure, e -> e != null, Throwable::getCause)
                .limit(20)
                .anyMatch(e -> tells(String.valueOf(e.getMessage())));
    }

    /** Whether a message, also one that came from another thread as text, says that a disk is full. */
    static boolean tells(String message) {
        return message.contains("No space left on device")
                || message.contains("Disk quota exceeded")
                || message.contains("File too large");
    }
}
