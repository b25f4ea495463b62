package dev.espalier.protocol.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes files so that a reader, also one after a power cut, sees the old content or the new and nothing between:
 * temporary file in the same directory, fsync, rename, fsync of the directory.
 */
public final class AtomicFiles {
    /** What {@link #temporaryName} makes. */
    private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

    private AtomicFiles() {}

    /** Writes the whole content to the path it is given. */
    public interface Writer {
        void write(Path temporary) throws IOException;
    }

    /** Creates or replaces {@code file}; missing parent directories are created. */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, temporary -> Files.write(temporary, content));
    }

    /** Creates or replaces {@code file} by what {@code writer} leaves in the temporary file. */
    public static void write(Path file, Writer writer) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        Files.createDirectories(directory);
        Path temporary = temporary(directory, target.getFileName().toString());
        try {
            writer.write(temporary);
            sync(temporary);
            move(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(directory);
    }

    /**
     * Gives an existing, durable file a second name, replacing what has that name. It costs no space where the file
     * system has hard links; elsewhere the file is copied.
     */
    public static void link(Path existing, Path target) throws IOException {
        Path name = target.toAbsolutePath();
        Path directory = name.getParent();
        Files.createDirectories(directory);
        Path temporary = directory.resolve(temporaryName(name.getFileName().toString()));
        try {
            try {
                Files.createLink(temporary, existing);
            } catch (UnsupportedOperationException | FileSystemException e) {
                Files.copy(existing, temporary);
                sync(temporary);
            }
            move(temporary, name);
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(directory);
    }

    /** A new, empty file. Unlike those of createTempFile, which only their owner may read, it has the usual rights. */
    static Path temporary(Path directory, String name) throws IOException {
        return Files.createFile(directory.resolve(temporaryName(name)));
    }

    /**
     * Deletes what was left in {@code folder}, and in the folders below, of writes that a kill or a power cut ended.
     *
     * @param limit younger files may be in the making
     */
    public static void dropLeftovers(Path folder, Instant limit) throws IOException {
        for (Path file : list(folder)) {
            try {
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    dropLeftovers(file, limit);
                } else if (TEMPORARY.matcher(file.getFileName().toString()).matches()
                        && Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                    Files.deleteIfExists(file);
                }
            } catch (NoSuchFileException e) {
                // It was in the making, and is whole now.
                continue;
            }
        }
    }

    /** Whether a file is, by its name, what a write that was interrupted left, or one that is going on. */
    public static boolean isLeftover(Path file) {
        return TEMPORARY.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static String temporaryName(String name) {
        return "." + name + "." + UUID.randomUUID() + ".tmp";
    }

    /** Renames within one file system and makes the rename durable. */
    static void publish(Path temporary, Path target) throws IOException {
        sync(temporary);
        move(temporary, target);
        syncDirectory(target.getParent());
    }

    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + to + " cannot rename atomically; use a local disk", e);
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        // Windows cannot open a directory as a file, and makes renames durable by itself.
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
