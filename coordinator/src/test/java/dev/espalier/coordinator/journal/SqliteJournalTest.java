package dev.espalier.coordinator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a journal whose files are damaged, missing or another's: all acknowledged events, or a refusal. */
class SqliteJournalTest {
    private static final long EVENTS = 60;

    /** Damages of each kind that are tried. */
    private static final int TRIES = Integer.parseInt(
            Optional.ofNullable(System.getenv("ESPALIER_JOURNAL_TRIES")).orElse("40"));

    @TempDir
    Path folder;

    private Path directory;

    /** @return the journal's folder as an unclean end leaves it: database, write-ahead log and what was acknowledged */
    private Path written() throws Exception {
        Path origin = folder.resolve("origin");
        open(origin);
        try (EventWriter writer = new EventWriter(origin)) {
            for (long next = 1; next <= EVENTS; next += 3) {
                writer.append(next, Math.min(EVENTS, next + 2));
            }
            return copy(origin, "killed");
        }
    }

    private Path copy(Path from, String name) throws IOException, InterruptedException {
        Path to = folder.resolve(name);
        // By another process: to close the files in this one would take SQLite's locks away.
        assertThat(new ProcessBuilder("cp", "-r", from.toString(), to.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        return to;
    }

    private static void open(Path directory) throws IOException {
        try (SqliteJournal journal = new SqliteJournal(directory)) {
            journal.open(Optional.empty());
        }
    }

    /** Starts on the journal: either everything is there, or it is refused and nothing has been changed. */
    private static boolean refused(Path directory) throws Exception {
        List<byte[]> before = contents(directory);
        try {
            open(directory);
        } catch (UserError | IOException e) {
            assertThat(contents(directory))
                    .as("files after: %s", e.getMessage())
                    .containsExactlyElementsOf(before);
            return true;
        }
        assertComplete(directory, EVENTS);
        return false;
    }

    static void assertComplete(Path directory, long events) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"))) {
            List<StoredEvent> stored = StoredEvent.of(connection, "Run|x");
            assertThat(stored).hasSizeGreaterThanOrEqualTo((int) events);
            for (int i = 0; i < stored.size(); i++) {
                assertThat(stored.get(i).sequence()).isEqualTo(i + 1);
                assertThat(stored.get(i).payload()).isEqualTo(EventWriter.payload(i + 1));
            }
        }
    }

    static long events(Path directory) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"))) {
            return StoredEvent.of(connection, "Run|x").size();
        }
    }

    private static List<byte[]> contents(Path directory) throws IOException {
        List<byte[]> contents = new ArrayList<>();
        for (String name : List.of("journal.db", "journal.db-wal", "acknowledged")) {
            Path file = directory.resolve(name);
            contents.add(Files.exists(file) ? Files.readAllBytes(file) : new byte[0]);
        }
        return contents;
    }

    @Test
    void anUncleanEndLosesNothing() throws Exception {
        assertThat(refused(written())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal.db", "journal.db-wal"})
    void aFileThatIsCutAnywhereIsRefusedOrNothingIsMissing(String name) throws Exception {
        Path killed = written();
        long size = Files.size(killed.resolve(name));
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            Path cut = copy(killed, "cut-" + i);
            long length = i == 0 ? 0 : i % 2 == 0 ? random.nextLong(size) : random.nextLong(size / 512) * 512;
            truncate(cut.resolve(name), length);
            refused += refused(cut) ? 1 : 0;
        }
        assertThat(refused).isPositive();
    }

    private static void truncate(Path file, long length) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, (int) length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal.db", "journal.db-wal", "acknowledged"})
    void aFileThatIsDamagedAnywhereIsRefusedOrNothingIsMissing(String name) throws Exception {
        Path killed = written();
        Random random = new Random(2);
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            Path damaged = copy(killed, "damaged-" + i);
            byte[] bytes = Files.readAllBytes(damaged.resolve(name));
            int at = random.nextInt(bytes.length);
            for (int j = at; j < Math.min(bytes.length, at + 1 + i % 2 * random.nextInt(600)); j++) {
                bytes[j] = (byte) (bytes[j] ^ (1 + random.nextInt(255)));
            }
            Files.write(damaged.resolve(name), bytes);
            refused += refused(damaged) ? 1 : 0;
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aJournalWithoutItsLogIsRefusedAndGoesOnWhenItsUserSaysSo() throws Exception {
        Path killed = written();
        Files.delete(killed.resolve("journal.db-wal"));
        assertThatThrownBy(() -> open(killed))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("event 60 was acknowledged")
                .hasMessageContaining("-wal file")
                .hasMessageContaining("delete " + killed.resolve("acknowledged"));
        Files.delete(killed.resolve("acknowledged"));
        assertThatCode(() -> open(killed)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"emptied", "missing"})
    void aJournalThatIsGoneIsRefused(String how) throws Exception {
        Path killed = written();
        Files.delete(killed.resolve("journal.db-wal"));
        Files.delete(killed.resolve("journal.db"));
        if (how.equals("emptied")) {
            Files.createFile(killed.resolve("journal.db"));
        }
        assertThatThrownBy(() -> open(killed)).isInstanceOf(UserError.class).hasMessageContaining("has no events");
    }

    @Test
    void aFolderOfARunWithoutItsJournalIsRefused() throws Exception {
        Path manifest = folder.resolve("manifest.json");
        try (SqliteJournal journal = new SqliteJournal(folder.resolve("journal"))) {
            assertThatThrownBy(() -> journal.open(Optional.of(manifest)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("is empty, though " + manifest);
        }
    }

    @Test
    void anotherProgramsDatabaseIsRefusedAndLeftAlone() throws Exception {
        directory = Files.createDirectory(folder.resolve("journal"));
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"))) {
            connection.createStatement().executeUpdate("CREATE TABLE songs (name TEXT)");
        }
        List<byte[]> before = contents(directory);
        assertThatThrownBy(() -> open(directory))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another program's");
        assertThat(contents(directory)).containsExactlyElementsOf(before);
    }

    @Test
    void aFileThatIsNoDatabaseIsRefused() throws Exception {
        directory = Files.createDirectory(folder.resolve("journal"));
        Files.writeString(directory.resolve("journal.db"), "to be or not to be ".repeat(500));
        assertThatThrownBy(() -> open(directory))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no database of SQLite");
    }

    @Test
    void aJournalOfTheEarlierDatabaseIsRefusedWithTheWayOut() throws Exception {
        directory = Files.createDirectory(folder.resolve("journal"));
        Files.writeString(directory.resolve("journal.mv.db"), "H:2");
        assertThatThrownBy(() -> open(directory))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("earlier version")
                .hasMessageContaining("begin anew in another folder");
        assertThat(directory.resolve("journal.db")).doesNotExist();
    }

    @Test
    void aSecondUserIsRefusedUntilTheFirstIsDone() throws Exception {
        directory = folder.resolve("journal");
        try (SqliteJournal first = new SqliteJournal(directory)) {
            first.open(Optional.empty());
            assertThatThrownBy(() -> open(directory))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("in use by another process");
        }
        assertThatCode(() -> open(directory)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a;b", "what?mode=memory", "a#b", "50%25", "two words", "Ägypten"})
    void aPathMayHaveAnyLetters(String name) throws Exception {
        directory = folder.resolve(name).resolve("journal");
        open(directory);
        try (EventWriter writer = new EventWriter(directory)) {
            writer.append(1, 1);
        }
        assertThat(directory.resolve("journal.db")).isNotEmptyFile();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve(name));
        }
    }

    @Test
    void theLibraryIsNotUnpackedIntoTheFolderForTemporaryFiles() throws Exception {
        open(folder.resolve("journal"));
        assertThat(Path.of(System.getProperty("org.sqlite.lib.path"))).isDirectoryContaining("glob:**sqlitejdbc*");
        assertThat(folder.resolve("journal/native")).doesNotExist();
    }
}
