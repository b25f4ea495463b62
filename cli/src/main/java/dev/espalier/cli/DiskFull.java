package dev.espalier.cli;

import java.util.stream.Stream;

/** The one failure of writing that its user can mend: no space left. Java only tells it in words. */
final class DiskFull {
    static final String MESSAGE =
            "there is no space left on the disk: free some, or use another --out; nothing that was complete is lost";

    private DiskFull() {}

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
