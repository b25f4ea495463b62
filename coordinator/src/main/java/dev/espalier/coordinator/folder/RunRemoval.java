package dev.espalier.coordinator.folder;

import dev.espalier.coordinator.journal.FolderLock;
import dev.espalier.coordinator.report.RunReport;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.ExportedFiles;
import dev.espalier.protocol.files.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run folder that was deleted: what a run makes, and nothing else. No link is followed.
 *
 * @param bytes that are free now
 * @param left what somebody else put into the folder, which therefore stays
 */
public record RunRemoval(long bytes, List<Path> left) {
    private static final Logger LOG = LoggerFactory.getLogger(RunRemoval.class);

    /**
     * What runs make, but for their exports, which the manifest and a list among the stages name.
     */
    private static final List<String> MADE = List.of(
            BlobFolder.NAME,
            RunLayout.STAGES,
            "journal",
            RunLayout.METRICS,
            RunLayout.MANIFEST,
            RunReport.REPORT,
            "espalier.log");

    /** By what a folder is known as a run's: goes last. */
    private static final List<String> KNOWN_BY = List.of(RunLayout.CONFIG, FolderLock.NAME);

    /**
     * Deletes a folder whose run is not at work; nothing if it is not there.
     *
     * @throws IOException if something cannot be deleted; then it can be tried again
     */
    public static RunRemoval of(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return new RunRemoval(0, List.of());
        }
        long bytes = exports(directory.resolve("export"));
        for (String name : MADE) {
            bytes += FileTree.delete(directory.resolve(name));
        }
        for (Path file : EventFile.files(directory)) {
            bytes += FileTree.delete(file);
        }
        for (Path leftover : leftovers(directory)) {
            bytes += FileTree.delete(leftover);
        }
        for (String name : KNOWN_BY) {
            bytes += FileTree.delete(directory.resolve(name));
        }
        try {
            Files.delete(directory);
            return new RunRemoval(bytes, List.of());
        } catch (DirectoryNotEmptyException e) {
            try (Stream<Path> left = Files.list(directory)) {
                return new RunRemoval(bytes, left.sorted().toList());
            }
        }
    }

    /**
     * Deletes the folder of a run that was executed in a process of its own.
     *
     * @throws UserError if it holds no such run, or the run is at work
     */
    public static RunRemoval ofLocal(Path directory) throws IOException {
        requireNoLink(directory);
        if (!Files.isRegularFile(directory.resolve(RunLayout.CONFIG))) {
            throw new UserError(directory + " holds no run (no " + RunLayout.CONFIG + "): nothing was removed");
        } else if (!Files.exists(directory.resolve(FolderLock.NAME))) {
            throw new UserError(directory + " belongs to a run of a coordinator: say 'espalier rm NAME', with the run's"
                    + " name instead of its folder");
        }
        FolderLock lock = FolderLock.take(
                directory, "the run in " + directory + " is at work: stop its process first, or wait for it");
        try {
            return of(directory);
        } finally {
            lock.close();
        }
    }

    /** @throws UserError if it is a link: what that leads to would stay, and its run be forgotten */
    public static void requireNoLink(Path directory) throws IOException {
        if (Files.isSymbolicLink(directory)) {
            throw new UserError(directory + " is a link to " + Files.readSymbolicLink(directory)
                    + ": nothing was removed. Put the folder itself in its place, and say it again");
        }
    }

    /** What the run exported; what somebody else put beside it stays. */
    private static long exports(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        long bytes = ExportedFiles.of(folder.getParent()).delete(RunLayout.EXPORT_FORMATS);
        for (Path leftover : leftovers(folder)) {
            bytes += FileTree.delete(leftover);
        }
        try {
            Files.delete(folder);
        } catch (DirectoryNotEmptyException e) {
            LOG.info("{} holds what this run did not make: that stays", folder);
        }
        return bytes;
    }

    /** Halves of files that an interruption left. */
    private static List<Path> leftovers(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("\\..*\\.tmp"))
                    .toList();
        }
    }
}
