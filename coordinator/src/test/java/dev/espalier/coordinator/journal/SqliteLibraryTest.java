package dev.espalier.coordinator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLibraryTest {
    @TempDir
    Path folder;

    @Test
    void aJournalOpensWhereTheDriverWasUsedBefore() throws Exception {
        Path output = folder.resolve("output");
        int code = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ErrorFile=" + folder.resolve("crash"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        UsedDriver.class.getName(),
                        folder.resolve("journal").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        assertThat(code).as(Files.readString(output)).isZero();
    }

    /** A process that has loaded the library by the driver's own ways. */
    static final class UsedDriver {
        private UsedDriver() {}

        /** @param args the journal's folder */
        public static void main(String[] args) throws Exception {
            DriverManager.getConnection("jdbc:sqlite::memory:").close();
            Path directory = Path.of(args[0]);
            try (SqliteJournal journal = new SqliteJournal(directory)) {
                journal.open(Optional.empty());
                try (EventWriter writer = new EventWriter(directory)) {
                    writer.append(1, 3);
                }
            }
            SqliteJournalTest.assertComplete(directory, 3);
        }
    }
}
