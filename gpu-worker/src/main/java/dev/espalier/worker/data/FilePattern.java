package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.files.TextFormat;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Files by a name, a folder or a glob, such as {@code corpus/*.jsonl} or {@code corpus/**}{@code /*.txt}, where two stars between
 * slashes stand for any number of folders, none included.
 */
final class FilePattern {
    private static final String ANY_FOLDERS = "**/";
    private static final int MOST_ALTERNATIVES = 64;

    private FilePattern() {}

    /**
     * The files that the pattern names, sorted by path; an existing file or folder is taken by its name even if that
     * looks like a pattern. A folder's are those within it, at any depth, whose names tell of a format that is read;
     * hidden ones are not.
     *
     * @throws UserError if there is none, or the pattern is malformed
     */
    static List<Path> files(String pattern) {
        if (new File(pattern).isDirectory()) {
            return within(Path.of(pattern));
        }
        if (!isGlob(pattern) || isFile(pattern)) {
            return List.of(single(pattern));
        }
        int wildcard = firstWildcard(pattern);
        int slash = pattern.lastIndexOf('/', wildcard);
        Path base = Path.of(slash < 0 ? "" : pattern.substring(0, slash + 1));
        String rest = pattern.substring(slash + 1);
        if (!Files.isDirectory(base)) {
            throw new UserError("No file matches " + pattern + ": the folder " + base + " does not exist.");
        }
        List<Path> found = find(base, rest, pattern);
        if (found.isEmpty()) {
            throw new UserError("No file matches " + pattern + " (looked in " + base.toAbsolutePath() + ").");
        }
        return found;
    }

    /** Some platforms do not even allow wildcards in names. */
    private static boolean isFile(String name) {
        try {
            return Files.isRegularFile(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static Path single(String name) {
        if (isFile(name)) {
            return Path.of(name);
        }
        throw new UserError("The text file " + new File(name).getAbsolutePath() + " does not exist.");
    }

    private static List<Path> within(Path folder) {
        refuseWholeMachine(folder, folder.toString());
        try {
            List<Path> found = walk(
                    folder,
                    Integer.MAX_VALUE,
                    file -> TextFormat.of(file).isPresent() && !isHidden(folder.relativize(file)));
            if (found.isEmpty()) {
                throw new UserError("The folder " + folder.toAbsolutePath() + " holds no text: no file in it ends in "
                        + TextFormat.ENDINGS + ".");
            }
            return found;
        } catch (IOException | UncheckedIOException e) {
            throw new UserError("Cannot look into " + folder + ": " + e.getMessage() + ".", e);
        }
    }

    private static boolean isHidden(Path relative) {
        return StreamSupport.stream(relative.spliterator(), false)
                .anyMatch(name -> name.toString().startsWith("."));
    }

    private static void refuseWholeMachine(Path base, String pattern) {
        if (base.toAbsolutePath().normalize().getNameCount() == 0) {
            throw new UserError("The pattern " + pattern + " would search the whole machine. Begin it with a folder.");
        }
    }

    private static List<Path> walk(Path base, int depth, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(base, depth, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(wanted).filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static List<Path> find(Path base, String rest, String pattern) {
        boolean deep = rest.contains("**");
        if (deep) {
            refuseWholeMachine(base, pattern);
        }
        int depth = deep ? Integer.MAX_VALUE : rest.split("/", -1).length;
        try {
            List<PathMatcher> matchers = alternatives(rest).stream()
                    .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
                    .toList();
            return walk(base, depth, file -> matchers.stream().anyMatch(glob -> glob.matches(base.relativize(file))));
        } catch (PatternSyntaxException e) {
            throw new UserError("The pattern " + pattern + " is malformed: " + e.getDescription() + ".", e);
        } catch (IOException | UncheckedIOException e) {
            throw new UserError("Cannot look for " + pattern + ": " + e.getMessage() + ".", e);
        }
    }

    /** For Java's globs two stars between slashes are one folder at least; so each of them is also left out. */
    private static Set<String> alternatives(String glob) {
        Set<String> all = new LinkedHashSet<>(List.of(glob));
        for (int at = glob.lastIndexOf(ANY_FOLDERS); at >= 0; at = glob.lastIndexOf(ANY_FOLDERS, at - 1)) {
            if (at == 0 || glob.charAt(at - 1) == '/') {
                int start = at;
                all.addAll(all.stream()
                        .map(other -> other.substring(0, start) + other.substring(start + ANY_FOLDERS.length()))
                        .toList());
                if (all.size() > MOST_ALTERNATIVES) {
                    throw new UserError("The pattern " + glob + " has too many **/ in it.");
                }
            }
        }
        return all;
    }

    private static boolean isGlob(String pattern) {
        return firstWildcard(pattern) < pattern.length();
    }

    private static int firstWildcard(String pattern) {
        int at = 0;
        while (at < pattern.length() && "*?[{".indexOf(pattern.charAt(at)) < 0) {
            at++;
        }
        return at;
    }
}
