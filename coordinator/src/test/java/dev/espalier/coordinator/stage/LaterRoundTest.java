package dev.espalier.coordinator.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.HaltedRun;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.ResolvedRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pruning in two rounds: what workers are told, through a run in this process and through one that is killed. */
class LaterRoundTest {
    private static final List<Stage> STAGES = Stream.of(
                    "calibrate", "prune", "recover", "calibrate-2", "prune-2", "recover-2", "export")
            .map(Stage::written)
            .toList();

    @TempDir
    Path directory;

    private final RunConfigs config = new RunConfigs();
    private final FakeWorker worker = new FakeWorker();

    @BeforeEach
    void twoRounds() {
        config.stages = STAGES;
        config.rounds = List.of(0.1, 0.2);
    }

    @Test
    void theFirstStageOfALaterRoundPutsBackWhatTheRoundBeforeLeftAndAllOfItStartsFromThere() throws Exception {
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        List<String> onces = worker.assignments.stream()
                .filter(assignment -> assignment.work().kind() != Work.Kind.TRAIN)
                .map(LaterRoundTest::told)
                .toList();
        assertThat(onces)
                .containsExactly(
                        "calibrate scores of intact",
                        "prune cut of intact to stages/prune/model",
                        "calibrate-2 base of stages/prune/model to stages/prune-2/base with a student",
                        "calibrate-2 scores of intact standing for it stages/prune-2/base",
                        "prune-2 cut of intact to stages/prune-2/model standing for it stages/prune-2/base",
                        "export export of stages/prune-2/model to export/hf");
        assertThat(trainings("recover-2")).allSatisfy(work -> {
            assertThat(work.reads().model()).contains("stages/prune-2/model");
            assertThat(work.reads().base()).as("the intact model teaches").isEmpty();
        });
    }

    @Test
    void eachRoundRisesFromWhereTheOneBeforeEnded() throws Exception {
        execute();
        assertThat(trainings("prune").get(0).order()).startsWith("{\"targets\":[0.0,");
        assertThat(trainings("prune-2"))
                .isNotEmpty()
                .allSatisfy(work -> assertThat(work.reads().base()).contains("stages/prune-2/base"));
    }

    @Test
    void whatItReadsAreTheModelAndWhichUnitsAreLeft() throws Exception {
        execute();
        Assignment base = worker.assignments.stream()
                .filter(assignment -> assignment.work().leg().equals("base"))
                .findFirst()
                .orElseThrow();
        assertThat(base.inputs())
                .extracting(artefact -> artefact.path())
                .contains("stages/prune/model/config.json", "stages/prune/model/model.safetensors");
        Assignment scores = worker.assignments.stream()
                .filter(assignment -> assignment.key().stage().equals(Stage.written("calibrate-2"))
                        && assignment.work().leg().equals("scores"))
                .findFirst()
                .orElseThrow();
        assertThat(scores.inputs())
                .extracting(artefact -> artefact.path())
                .contains("stages/prune-2/base/config.json", "stages/prune-2/base/model.safetensors");
    }

    @Test
    void aRoundWithoutCalibrationBeginsWithItsPruning() throws Exception {
        config.initialiseFrom = Optional.empty();
        execute();
        assertThat(worker.assignments)
                .filteredOn(assignment -> assignment.work().leg().equals("base"))
                .extracting(assignment -> assignment.key().stage())
                .containsExactly(Stage.written("prune-2"));
    }

    @Test
    void aRunThatIsKilledInTheSecondRoundGoesOnThere() throws Exception {
        assertThat(HaltedRun.in(directory, STAGES, new AssignmentKey("test", Stage.written("prune-2"), 1, 1)))
                .isEqualTo(HaltedRun.EXIT_CODE);
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.get(0).key())
                .isEqualTo(new AssignmentKey("test", Stage.written("prune-2"), 1, 2));
        assertThat(worker.assignments)
                .noneMatch(assignment -> assignment.work().leg().equals("base"));
    }

    private List<Work> trainings(String stage) {
        return worker.assignments.stream()
                .filter(assignment -> assignment.key().stage().word().equals(stage))
                .map(Assignment::work)
                .filter(work -> work.kind() == Work.Kind.TRAIN)
                .toList();
    }

    private static String told(Assignment assignment) {
        Work work = assignment.work();
        return assignment.key().stage() + " " + work.leg() + " of "
                + work.reads().model().orElse("intact")
                + work.writes().map(folder -> " to " + folder).orElse("")
                + work.reads()
                        .base()
                        .map(folder -> " standing for it " + folder)
                        .orElse("")
                + (work.leg().equals("base") && work.reads().version().isPresent() ? " with a student" : "");
    }

    private RunOutcome execute() throws Exception {
        return LocalRun.execute(
                new ResolvedRun(config.build(), HaltedRun.CONFIG_TEXT, directory),
                TeachingMethod.STAGES,
                Optional.empty(),
                worker.behavior(),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
    }
}
