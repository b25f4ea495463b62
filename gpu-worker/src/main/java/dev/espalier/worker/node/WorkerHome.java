package dev.espalier.worker.node;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder that belongs to this process as long as it lives: the first free one of {@code 1}, {@code 2}, ... below a
 * common folder, so that several workers on one machine can be told the same.
 */
final class WorkerHome {
    private static final int MOST_WORKERS = 256;

    private final Path folder;

    /** Kept, because a lock that nobody holds on to ends with the next garbage collection. */
    @SuppressWarnings("unused")
    private final FileLock lock;

    private WorkerHome(Path folder, FileLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** @throws UserError if there are no free folders, or none can be made */
    static WorkerHome take(Path common) {
        try {
            for (int number = 1; number <= MOST_WORKERS; number++) {
                Path folder = Files.createDirectories(common.resolve(Integer.toString(number)));
                FileChannel channel =
                        FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return new WorkerHome(folder, lock);
                }
                channel.close();
            }
        } catch (IOException e) {
            throw new UserError(
                    "the worker's folder " + common + " cannot be used (" + e.getMessage()
                            + "): set data, or ESPALIER_DATA, to another",
                    e);
        }
        throw new UserError(common + " is used by " + MOST_WORKERS + " other workers: set data, or ESPALIER_DATA, to"
                + " another folder");
    }

    /** Student versions that were fetched or made. */
    Path cache() {
        return folder.resolve("cache");
    }

    /** Stands for the folder of a run. */
    Path run(String name) {
        return folder.resolve("runs").resolve(name);
    }

    /** Deletes what a process that was killed had fetched of runs. */
    void clear() throws IOException {
        Path runs = folder.resolve("runs");
        if (Files.exists(runs)) {
            try (Stream<Path> files = Files.walk(runs)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
