package dev.espalier.protocol.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which files below {@code export} a run made: users put theirs beside them, such as a quantised copy. The manifest names
 * those of an export that is done; a list in the run folder those of one that was interrupted, or is done again.
 */
public final class ExportedFiles {
    /** Paths below the run folder, one a line. */
    private static final String LIST = RunLayout.of(Stage.EXPORT) + "/files.txt";

    /** The model card, which the report writes. */
    private static final String CARD = RunLayout.EXPORT + "/README.md";

    private final Path run;

    private ExportedFiles(Path run) {
        this.run = run;
    }

    public static ExportedFiles of(Path run) {
        return new ExportedFiles(run);
    }

    /** Remembers files of the run's. */
    public void add(Collection<Path> files) throws IOException {
        addPaths(files.stream()
                .map(file -> run.relativize(file).toString().replace('\\', '/'))
                .toList());
    }

    /** Remembers files by their paths below the run folder; what is not below {@code export} is left out. */
    public void addPaths(Collection<String> paths) throws IOException {
        Set<String> listed = new TreeSet<>(listed());
        boolean more = listed.addAll(paths.stream()
                .filter(path -> path.startsWith(RunLayout.export("")))
                .toList());
        if (more) {
            AtomicFiles.write(run.resolve(LIST), String.join("\n", listed).getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Deletes what the run made in the folders of these formats, and folders that are empty then. No link is followed.
     *
     * @return the bytes of the files that were deleted
     */
    public long delete(Collection<String> formats) throws IOException {
        if (!Files.isDirectory(run.resolve(RunLayout.export("")), LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        Set<Path> made = made();
        long bytes = 0;
        for (String format : formats) {
            Path folder = run.resolve(RunLayout.export(format));
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                bytes += delete(folder, made);
            }
        }
        return bytes;
    }

    private static long delete(Path root, Set<Path> made) throws IOException {
        long[] bytes = {0};
        Set<Path> emptied = new HashSet<>(Set.of(root));
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (made.contains(file.normalize()) || AtomicFiles.isLeftover(file)) {
                    Files.delete(file);
                    bytes[0] += attributes.size();
                    emptied.add(file.getParent());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                if (emptied.contains(folder) && isEmpty(folder)) {
                    Files.delete(folder);
                    emptied.add(folder.getParent());
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes[0];
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private Set<Path> made() throws IOException {
        Set<Path> made = new HashSet<>(Set.of(run.resolve(CARD).normalize()));
        Stream.concat(listed().stream(), named().stream())
                .forEach(path -> made.add(run.resolve(path).normalize()));
        return made;
    }

    private List<String> listed() throws IOException {
        Path list = run.resolve(LIST);
        return Files.isRegularFile(list) ? Files.readAllLines(list) : List.of();
    }

    /** By the manifest; nothing by one that is damaged. */
    private Set<String> named() throws IOException {
        Set<String> named = new HashSet<>();
        Path manifest = run.resolve(RunLayout.MANIFEST);
        try {
            if (Files.isRegularFile(manifest)) {
                for (JsonNode stage :
                        new ObjectMapper().readTree(manifest.toFile()).path("stages")) {
                    stage.path("artefacts")
                            .forEach(file -> named.add(file.path("path").asText()));
                }
            }
        } catch (JsonProcessingException e) {
            return Set.of();
        }
        return named;
    }
}
