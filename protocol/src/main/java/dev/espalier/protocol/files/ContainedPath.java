package dev.espalier.protocol.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Relative paths that came from another process, made safe: they never lead out of the folder they are meant for. */
public final class ContainedPath {
    private static final int MAX_LENGTH = 1024;

    private ContainedPath() {}

    /**
     * @param relative names joined by forward slashes; none may be hidden, {@code ..} or anything but a plain name
     * @return the path below {@code folder}; the file need not exist
     * @throws FileSystemException if it would lie elsewhere, be it through a symbolic link
     */
    public static Path resolve(Path folder, String relative) throws IOException {
        if (relative.length() > MAX_LENGTH
                || !Arrays.stream(relative.split("/", -1)).allMatch(ContainedPath::isPlain)) {
            throw new FileSystemException(
                    shown(relative), null, "not a relative path of plain names inside the run folder");
        }
        Path path = folder.resolve(relative);
        Path existing = path;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!existing.toRealPath().startsWith(folder.toRealPath())) {
            throw new FileSystemException(relative, null, "a symbolic link leads out of the run folder");
        }
        return path;
    }

    private static boolean isPlain(String name) {
        return !name.isBlank()
                && !name.startsWith(".")
                && name.chars().noneMatch(c -> c < ' ' || c == 0x7f || c == '\\' || c == ':');
    }

    /** What a stranger sent, fit for a log. */
    private static String shown(String text) {
        return text.substring(0, Math.min(text.length(), 100)).replaceAll("[^ -~]", "?");
    }
}
