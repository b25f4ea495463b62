package dev.espalier.coordinator.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void choose() {
        file = directory.resolve("metrics.jsonl");
    }

    @Test
    void aStepIsOneLineWithTheFieldsOfTheContract() throws IOException {
        write(step("prune", 3, "12"));
        assertThat(file)
                .hasContent("{\"time\":\"2026-11-22T10:00:00Z\",\"stage\":\"prune\",\"step\":3,\"tokens\":512,"
                        + "\"seconds\":0.5,\"teacher\":12,\"loss\":2.5,\"entropy\":0.25,\"learning-rate\":1.0E-4}\n");
    }

    @Test
    void theIntactTeacherIsAWordAndNoTeacherIsNoField() throws IOException {
        write(step("prune", 0, "intact"), step("recover", 0, "none"));
        assertThat(Files.readAllLines(file).get(0)).contains("\"teacher\":\"intact\"");
        assertThat(Files.readAllLines(file).get(1)).doesNotContain("teacher");
    }

    @Test
    void stepsAreReadAsTheyWereWritten() throws IOException {
        StepLine[] steps = {step("prune", 0, "intact"), step("prune", 1, "12"), step("recover", 0, "none")};
        write(steps);
        assertThat(MetricsLog.read(file)).containsExactly(steps);
    }

    @Test
    void whatIsToStayIsInTheLinesOfFewStepsHoweverLongTheRun() throws IOException {
        KeptShares kept = new KeptShares(List.of(0.5f, 1f), List.of(0.25f, 0.3333f), 1);
        write(IntStream.range(0, 1000)
                .mapToObj(i -> StepMetrics.of(Stage.PRUNE, i, 1, 1).withKept(kept))
                .map(step -> new StepLine(Instant.EPOCH, step))
                .toArray(StepLine[]::new));
        assertThat(Files.readAllLines(file).get(0))
                .endsWith("\"kept\":{\"heads\":[0.5,1.0],\"ffn\":[0.25,0.333],\"hidden\":1.0}}");
        List<StepMetrics> telling = MetricsLog.read(file).stream()
                .map(StepLine::step)
                .filter(step -> step.kept().isPresent())
                .toList();
        assertThat(telling.stream().map(StepMetrics::step))
                .startsWith(0, 1, 2)
                .contains(62, 63, 64, 66, 68)
                .doesNotContain(65, 67)
                .endsWith(960, 976, 992)
                .hasSizeLessThan(200);
        assertThat(telling.get(0).kept()).contains(new KeptShares(List.of(0.5f, 1f), List.of(0.25f, 0.333f), 1));
    }

    @Test
    void openingAgainGoesOnAfterTheLastLine() throws IOException {
        write(step("prune", 0, "intact"));
        write(step("prune", 1, "intact"));
        assertThat(steps()).containsExactly(0, 1);
    }

    @Test
    void aTornLastLineIsCutOffOnOpening() throws IOException {
        write(step("prune", 0, "intact"));
        Files.writeString(file, "{\"time\":\"2026-11", StandardOpenOption.APPEND);
        assertThat(steps()).as("a reader leaves it out").containsExactly(0);
        write(step("prune", 1, "intact"));
        assertThat(steps()).containsExactly(0, 1);
    }

    @Test
    void aLineThatIsNoStepIsNamedToTheReader() throws IOException {
        Files.writeString(file, "{\"stage\":\"prune\"}\n");
        assertThatThrownBy(() -> MetricsLog.read(file)).hasMessageContaining("not a step: {\"stage\"");
    }

    @Test
    void rewindingForgetsTheStepsThatAreDoneAgain() throws IOException {
        write(step("prune", 0, "intact"), step("prune", 1, "intact"), step("prune", 2, "intact"));
        try (MetricsLog log = MetricsLog.open(file)) {
            log.rewind("prune", 1);
            log.append(step("prune", 1, "12"));
        }
        assertThat(MetricsLog.read(file)).containsExactly(step("prune", 0, "intact"), step("prune", 1, "12"));
    }

    @Test
    void rewindingAStageForgetsTheStagesAfterItToo() throws IOException {
        write(step("prune", 0, "intact"), step("prune", 1, "intact"), step("recover", 0, "none"));
        try (MetricsLog log = MetricsLog.open(file)) {
            log.rewind("prune", 1);
        }
        assertThat(steps()).containsExactly(0);
    }

    @Test
    void rewindingALaterStageKeepsTheEarlierOne() throws IOException {
        write(step("prune", 0, "intact"), step("prune", 1, "intact"), step("recover", 0, "none"));
        try (MetricsLog log = MetricsLog.open(file)) {
            log.rewind("recover", 0);
        }
        assertThat(steps()).containsExactly(0, 1);
    }

    @Test
    void aSliceThatIsDoneAgainIsForgottenAmongOthers() throws IOException {
        write(step("prune", 0, "intact"), step("prune", 4, "intact"), step("prune", 2, "intact"));
        write(step("prune", 3, "intact"), step("prune", 5, "intact"), step("recover", 2, "none"));
        try (MetricsLog log = MetricsLog.open(file)) {
            log.forget("prune", 2, 4);
            log.append(step("prune", 2, "12"));
        }
        assertThat(steps()).containsExactly(0, 4, 5, 2, 2);
    }

    @Test
    void aSliceAtTheEndIsForgotten() throws IOException {
        write(step("prune", 0, "intact"), step("prune", 1, "intact"), step("prune", 2, "intact"));
        try (MetricsLog log = MetricsLog.open(file)) {
            log.forget("prune", 1, 3);
            log.forget("prune", 7, 9);
            log.append(step("prune", 1, "12"));
        }
        assertThat(steps()).containsExactly(0, 1);
    }

    private List<Integer> steps() throws IOException {
        return MetricsLog.read(file).stream().map(line -> line.step().step()).toList();
    }

    private void write(StepLine... steps) throws IOException {
        try (MetricsLog log = MetricsLog.open(file)) {
            for (StepLine step : steps) {
                log.append(step);
            }
        }
    }

    private static StepLine step(String stage, int step, String teacher) {
        StepMetrics metrics = StepMetrics.of(Stage.written(stage), step, 512, 0.5)
                .taughtBy(teacher)
                .with(StepFields.LOSS, 2.5)
                .with("entropy", 0.25)
                .with(StepFields.LEARNING_RATE, 1e-4);
        return new StepLine(Instant.parse("2026-11-22T10:00:00Z"), metrics);
    }

    @Test
    void whatHappenedWithoutBeingFiniteIsNoField() throws IOException {
        StepLine step = step("prune", 0, "none");
        write(new StepLine(step.time(), step.step().with(StepFields.GRADIENT_NORM, Double.NaN)));
        assertThat(MetricsLog.read(file)).containsExactly(step);
    }
}
