package dev.espalier.coordinator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that appends events, ended at random again and again: what it was told to be written is there. {@code
 * ESPALIER_JOURNAL_ENDS} says how often; one in twenty ends comes after the process stood still for longer than a minute.
 */
class JournalDurabilityTest {
    private static final int ENDS = Integer.parseInt(
            Optional.ofNullable(System.getenv("ESPALIER_JOURNAL_ENDS")).orElse("3"));
    private static final int GAP_EVERY = 20;
    private static final int GAP_SECONDS = 61;
    private static final int MOST_MILLIS = 700;

    @TempDir
    Path folder;

    @Test
    void allThatWasAcknowledgedIsThereHoweverTheProcessEnds() throws Exception {
        Path journal = folder.resolve("journal");
        long seed = Long.getLong("espalier.test.seed", System.nanoTime());
        Random random = new Random(seed);
        long next = 1;
        for (int end = 1; end <= ENDS; end++) {
            long acknowledged = Math.max(next - 1, run(journal, next, random, end % GAP_EVERY == 0));
            try (SqliteJournal again = new SqliteJournal(journal)) {
                again.open(Optional.empty());
            }
            SqliteJournalTest.assertComplete(journal, acknowledged);
            next = 1 + SqliteJournalTest.events(journal);
        }
        System.err.println("seed " + seed + ": " + ENDS + " ends, " + (next - 1) + " events, all there");
    }

    /** @return the last event that was acknowledged */
    private long run(Path journal, long first, Random random, boolean gap) throws Exception {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        // Where numbers have other digits: not in files.
                        "-Duser.language=ar",
                        "-Duser.country=EG",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EventWriter.class.getName(),
                        journal.toString(),
                        Long.toString(first),
                        Long.toString(random.nextLong()),
                        "50")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = writer.inputReader()) {
            String line = out.readLine();
            assertThat(line).as("the first event").isNotNull();
            if (gap) {
                signal(writer, "STOP");
                TimeUnit.SECONDS.sleep(GAP_SECONDS);
                signal(writer, "CONT");
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_MILLIS));
            signal(writer, random.nextInt(4) == 0 ? "TERM" : "KILL");
            long last = Long.parseLong(line);
            while ((line = out.readLine()) != null) {
                last = Long.parseLong(line);
            }
            writer.waitFor();
            return last;
        }
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aDiskThatWasFullTakesEventsAgainThroughTheSameConnection() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0,
                "this process may not mount a tmpfs: the full disk is not tested");
        try {
            Path journal = disk.resolve("journal");
            try (SqliteJournal opened = new SqliteJournal(journal)) {
                opened.open(Optional.empty());
                long events;
                try (EventWriter writer = new EventWriter(journal)) {
                    writer.append(1, 10);
                    Path filler = disk.resolve("filler");
                    Files.write(filler, new byte[(int) Files.getFileStore(disk).getUsableSpace()]);
                    events = appendUntilFull(writer, 11);
                    Files.delete(filler);
                    writer.append(events + 1, events + 50);
                }
                SqliteJournalTest.assertComplete(journal, events + 50);
            }
        } finally {
            assertThat(run("umount", "--lazy", disk.toString())).isZero();
        }
    }

    /** @return the last event that was acknowledged */
    private static long appendUntilFull(EventWriter writer, long first) {
        for (long number = first; number < first + 100_000; number++) {
            try {
                writer.append(number, number);
            } catch (SQLException e) {
                assertThat(e.getMessage()).contains("full");
                return number - 1;
            }
        }
        throw new AssertionError("the disk did not fill up");
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
