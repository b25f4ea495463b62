package dev.espalier.coordinator.journal;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's own code. Its driver would unpack it at each start into the folder for temporary files, where a kill leaves it
 * for ever, and which may forbid to execute what is in it; so it is unpacked once, to where DJL has its libraries.
 */
final class SqliteLibrary {
    private static final String PATH = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";

    /** Where the driver unpacks it for itself, if it can't be loaded from {@link #PATH}. */
    private static final String UNPACKING = "org.sqlite.tmpdir";

    private SqliteLibrary() {}

    /**
     * Loads it, unless that has been done or somebody says where it is. The driver does the loading: it knows whether it
     * has done so before, and a process with two copies of the library dies in the one that is not set up.
     *
     * @param spare folder to use where the cache can't be used
     * @throws UserError if it can be loaded from nowhere
     */
    static synchronized void load(Path spare) {
        if (System.getProperty(PATH) != null) {
            return;
        }
        String name = LibraryLoaderUtil.getNativeLibName();
        List<String> troubles = new ArrayList<>();
        for (Path folder : List.of(cache(), spare)) {
            try {
                unpack(folder, name);
                System.setProperty(PATH, folder.toString());
                System.setProperty(NAME, name);
                System.setProperty(UNPACKING, folder.toString());
                SQLiteJDBCLoader.initialize();
                return;
            } catch (Exception e) {
                // The driver declares no narrower kind.
                troubles.add(folder + ": " + e);
            }
        }
        for (String property : List.of(PATH, NAME, UNPACKING)) {
            System.clearProperty(property);
        }
        throw new UserError(
                "SQLite's library " + name + " cannot be unpacked and loaded (" + String.join("; ", troubles)
                        + "): set DJL_CACHE_DIR to a folder that can be written and may hold programs");
    }

    private static Path cache() {
        Path root = Optional.ofNullable(System.getenv("DJL_CACHE_DIR"))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".djl.ai"));
        return root.resolve("sqlite").resolve(SQLiteJDBCLoader.getVersion()).toAbsolutePath();
    }

    private static void unpack(Path folder, String name) throws IOException {
        String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name;
        byte[] code;
        try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the driver has no " + resource);
            }
            code = in.readAllBytes();
        }
        Path library = folder.resolve(name);
        if (!Files.isRegularFile(library) || !Arrays.equals(Files.readAllBytes(library), code)) {
            AtomicFiles.write(library, code);
        }
    }
}
