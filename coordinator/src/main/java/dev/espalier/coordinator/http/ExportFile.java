package dev.espalier.coordinator.http;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/**
 * A file of a run's export. What is asked for is looked up among these, so no name from the network is ever a path on
 * disk, and links, which lead elsewhere, are not among them.
 *
 * @param path below the export folder, with slashes
 * @param file where it is
 */
record ExportFile(String path, long bytes, Path file) {
    private static final int DEEPEST = 6;
    private static final int MOST = 10_000;

    /**
     * All files of a run folder's export, by path; none before the export stage has written some.
     *
     * @throws IOException if there are more than any export has
     */
    static List<ExportFile> of(Path directory) throws IOException {
        Path export = directory.resolve("export");
        if (!Files.isDirectory(export, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        List<ExportFile> files = new ArrayList<>();
        Files.walkFileTree(export, EnumSet.noneOf(FileVisitOption.class), DEEPEST, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes is) {
                return hidden(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes is) throws IOException {
                if (is.isRegularFile() && !hidden(file)) {
                    String path = export.relativize(file).toString().replace('\\', '/');
                    files.add(new ExportFile(path, is.size(), file));
                }
                if (files.size() > MOST) {
                    throw new IOException(export + " has more than " + MOST + " files");
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(Comparator.comparing(ExportFile::path));
        return files;
    }

    /** Halves of files that are being written have such names. */
    private static boolean hidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    String name() {
        return file.getFileName().toString();
    }
}
