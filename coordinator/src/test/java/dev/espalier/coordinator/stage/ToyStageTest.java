package dev.espalier.coordinator.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.HaltedRun;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage of another kind, twice in a run, through a run in this process and through one that is killed. */
class ToyStageTest {
    private static final List<Stage> STAGES =
            List.of(Stage.CALIBRATE, Stage.PRUNE, ToyStage.round(1), Stage.EXPORT, ToyStage.round(2));

    @TempDir
    Path directory;

    private final RunConfigs config = new RunConfigs();
    private FakeWorker worker = new FakeWorker();

    @BeforeEach
    void withToys() {
        config.stages = STAGES;
    }

    @Test
    void aStageOfAnotherKindIsDoneInItsPlacesAndItsRoundsAreTwo() throws Exception {
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        List<String> done = worker.assignments.stream()
                .filter(assignment -> assignment.key().stage().kind().equals("toy"))
                .map(assignment -> assignment.key().stage() + " "
                        + assignment.work().leg() + " " + assignment.work().order())
                .toList();
        assertThat(done)
                .containsExactly(
                        "toy count {\"counted\":0,\"round\":1}",
                        "toy count {\"counted\":1,\"round\":1}",
                        "toy look {\"counted\":2,\"round\":1}",
                        "toy-2 count {\"counted\":0,\"round\":2}",
                        "toy-2 count {\"counted\":1,\"round\":2}",
                        "toy-2 look {\"counted\":2,\"round\":2}");
        JsonNode stages = new ObjectMapper()
                .readTree(directory.resolve("manifest.json").toFile())
                .path("stages");
        List<String> names = new ArrayList<>();
        stages.forEach(stage -> names.add(
                stage.path("name").asText() + " " + stage.path("state").asText()));
        assertThat(names)
                .containsExactly(
                        "calibrate COMPLETED",
                        "prune COMPLETED",
                        "toy COMPLETED",
                        "export COMPLETED",
                        "toy-2 COMPLETED");
    }

    @Test
    void aRunThatIsKilledInItGoesOnInItsPlaceWithItsMemory() throws Exception {
        assertThat(HaltedRun.in(directory, STAGES, new AssignmentKey("test", ToyStage.round(2), 1, 1)))
                .isEqualTo(HaltedRun.EXIT_CODE);
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments)
                .extracting(Assignment::key)
                .containsExactly(
                        new AssignmentKey("test", ToyStage.round(2), 1, 2),
                        new AssignmentKey("test", ToyStage.round(2), 2, 1));
        assertThat(worker.assignments.get(0).work().order()).isEqualTo("{\"counted\":1,\"round\":2}");
    }

    private RunOutcome execute() throws Exception {
        return LocalRun.execute(
                new ResolvedRun(config.build(), HaltedRun.CONFIG_TEXT, directory),
                ToyStage.STAGES,
                Optional.empty(),
                worker.behavior(),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
    }
}
