package dev.espalier.coordinator.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    private static final Instant AT = Instant.parse("2026-11-26T10:00:00.500Z");

    /** What TensorBoard 2.21's own RecordWriter makes of version, start of a session, and a step of four values. */
    private static final String RECORDS =
            "1800000000000000a37f4b2209000020c800c2da411a0d627261696e2e4576656e743a32fae8cd6f"
                    + "0d000000000000003c37b83409000020c800c2da413a020801734c0c98"
                    + "5f00000000000000503f288609000020c800c2da412a540a130a0c7072756e652f746f6b656e7315000000440a140a0d"
                    + "7072756e652f7365636f6e6473150000003f0a140a0d7072756e652f7465616368657215000040410a110a0a7072756e"
                    + "652f6c6f7373150000204025c823d4";

    @TempDir
    Path directory;

    @Test
    void recordsAreThoseThatTensorBoardWrites() throws IOException {
        write(step("prune", 0, 2.5));
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file()))).isEqualTo(RECORDS);
    }

    @Test
    void aStepIsAnEventWithTheStageBeforeEachValue() throws IOException {
        write(step("prune", 0, 2.5), step("prune", 1, 1.5), step("recover", 0, 1));
        assertThat(EventFileReader.steps(directory))
                .containsExactly(
                        told(
                                0,
                                Map.of(
                                        "prune/tokens",
                                        512f,
                                        "prune/seconds",
                                        .5f,
                                        "prune/teacher",
                                        12f,
                                        "prune/loss",
                                        2.5f)),
                        told(
                                1,
                                Map.of(
                                        "prune/tokens",
                                        512f,
                                        "prune/seconds",
                                        .5f,
                                        "prune/teacher",
                                        12f,
                                        "prune/loss",
                                        1.5f)),
                        told(
                                0,
                                Map.of(
                                        "recover/tokens", 512f,
                                        "recover/seconds", .5f,
                                        "recover/teacher", 12f,
                                        "recover/loss", 1f)));
    }

    @Test
    void theIntactTeacherIsOfNoSparsityAndWhatIsNotFiniteIsLeftOut() throws IOException {
        StepMetrics step = StepMetrics.of(Stage.PRUNE, 0, 1, Double.NaN).with("loss", Double.NaN);
        write(new StepLine(AT, step.taughtBy("intact")), new StepLine(AT, step));
        assertThat(EventFileReader.steps(directory))
                .extracting(EventFileReader.Told::values)
                .containsExactly(Map.of("prune/tokens", 1f, "prune/teacher", 0f), Map.of("prune/tokens", 1f));
    }

    @Test
    void stepsThatSeveralWorkersTellInterleavedHaveOneAxisThatOnlyRises() throws IOException {
        write(step("prune", 0, 1), step("prune", 10, 2), step("prune", 1, 3), step("prune", 11, 4));
        assertThat(EventFileReader.steps(directory))
                .extracting(EventFileReader.Told::step)
                .containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void aFileThatAKillToreAnywhereIsReadableAndGoesOn() throws IOException {
        write(step("prune", 0, 1), step("prune", 1, 2));
        Path file = file();
        byte[] whole = Files.readAllBytes(file);
        for (int length = 1; length <= whole.length; length += 3) {
            Files.write(file, Arrays.copyOf(whole, length));
            EventFileReader.read(file);
            write();
            assertThat(file()).as("torn at " + length).isEqualTo(file).hasBinaryContent(whole);
        }
    }

    @Test
    void stepsThatAreDoneAgainAreToldOnceInAFileThatReadersTakeForALaterOne() throws IOException {
        write(step("prune", 0, 1), step("prune", 1, 2), step("prune", 2, 3));
        Path former = file();
        try (RunFolder folder = new RunFolder(directory, true)) {
            folder.rewindMetrics(Stage.PRUNE, 1);
            folder.append(step("prune", 1, 7).step(), AT);
        }
        assertThat(former).as("a reader goes on to the next at its end").isEmptyFile();
        assertThat(file().getFileName().toString())
                .isGreaterThan(former.getFileName().toString());
        assertThat(losses()).containsExactly(1f, 7f);
    }

    @Test
    void aFileThatWasEmptiedIsNotWrittenToAgain() throws IOException {
        write(step("prune", 0, 1));
        Path former = file();
        try (RunFolder folder = new RunFolder(directory, true)) {
            folder.rewindMetrics(Stage.PRUNE, 0);
            assertThat(former).isEmptyFile();
            folder.append(step("prune", 0, 7).step(), AT);
        }
        write(step("prune", 1, 8));
        assertThat(former).isEmptyFile();
        assertThat(losses()).containsExactly(7f, 8f);
    }

    @Test
    void aSliceThatIsDoneAgainIsTakenOutOfTheMiddle() throws IOException {
        write(step("prune", 0, 1), step("prune", 4, 2), step("prune", 2, 3), step("prune", 5, 4));
        try (RunFolder folder = new RunFolder(directory, true)) {
            folder.forgetMetrics(Stage.PRUNE, 2, 2);
            folder.append(step("prune", 2, 5).step(), AT);
        }
        assertThat(losses()).containsExactly(1f, 2f, 4f, 5f);
    }

    @Test
    void aFileThatSaysSomethingElseGivesWay() throws IOException {
        write(step("prune", 0, 1));
        Files.write(file(), new byte[1000]);
        write(step("prune", 1, 2));
        assertThat(losses()).containsExactly(1f, 2f);
    }

    @Test
    void aRunThatHadNoneGetsOneOfAllItsSteps() throws IOException {
        try (RunFolder folder = new RunFolder(directory, false)) {
            folder.append(step("prune", 0, 1).step(), AT);
        }
        assertThat(EventFile.files(directory)).isEmpty();
        write(step("prune", 1, 2));
        assertThat(losses()).containsExactly(1f, 2f);
    }

    @Test
    void withoutTheSettingThereIsNoneAndARemovedRunLeavesNone() throws IOException {
        write(step("prune", 0, 1));
        new RunFolder(directory, false).close();
        assertThat(EventFile.files(directory)).isEmpty();
        write();
        assertThat(EventFile.files(directory)).hasSize(1);
        assertThat(RunRemoval.of(directory).left()).isEmpty();
        assertThat(directory).doesNotExist();
    }

    @Test
    void aRunThatHasToldOfNoStepHasNoFile() throws IOException {
        write();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly("metrics.jsonl");
        }
    }

    private List<Float> losses() throws IOException {
        return EventFileReader.steps(directory).stream()
                .map(told -> told.values().get("prune/loss"))
                .toList();
    }

    private Path file() throws IOException {
        List<Path> told = EventFile.files(directory).stream()
                .filter(file -> file.toFile().length() > 0)
                .toList();
        assertThat(told).hasSize(1);
        return told.get(0);
    }

    private void write(StepLine... steps) throws IOException {
        try (RunFolder folder = new RunFolder(directory, true)) {
            for (StepLine step : steps) {
                folder.append(step.step(), step.time());
            }
        }
    }

    private static EventFileReader.Told told(long step, Map<String, Float> values) {
        return new EventFileReader.Told(1_795_687_200.5, step, "", values);
    }

    private static StepLine step(String stage, int step, double loss) {
        return new StepLine(
                AT,
                StepMetrics.of(Stage.written(stage), step, 512, .5)
                        .taughtBy("12")
                        .with("loss", loss));
    }
}
