package dev.espalier.coordinator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.HaltedRun;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.folder.EventFileReader;
import dev.espalier.coordinator.folder.MetricsLog;
import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.journal.FolderLock;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.simulation.VirtualModels;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.ExportedFiles;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs through the real cluster, sharding and journal; only the worker is made up. */
class LocalRunTest {
    private static final String CONFIG_TEXT = HaltedRun.CONFIG_TEXT;

    @TempDir
    Path directory;

    private final RunConfigs config = new RunConfigs();
    private final List<String> heard = new ArrayList<>();
    private FakeWorker worker;

    private final RunListener listener = new RunListener() {
        @Override
        public void stageChanged(Stage stage, StageState state, String cause) {
            heard.add(stage.word() + " " + state + (cause.isEmpty() ? "" : ": " + cause));
        }

        @Override
        public void attemptFailed(Stage stage, int attempt, String cause) {
            heard.add(stage.word() + " attempt " + attempt + ": " + cause);
        }
    };

    @BeforeEach
    void honestWorker() {
        worker = new FakeWorker();
    }

    @Test
    void aRunGoesThroughAllItsStages() throws Exception {
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(heard)
                .containsExactlyElementsOf(Stage.USUAL.stream()
                        .flatMap(stage -> Stream.of(stage.word() + " RUNNING", stage.word() + " COMPLETED"))
                        .toList());
        assertThat(worker.assignments.stream()
                        .map(assignment -> assignment.work().leg()))
                .containsExactly(
                        "scores",
                        "gates",
                        "gates",
                        "gates",
                        "gates",
                        "gates",
                        "gates",
                        "cut",
                        "teach",
                        "teach",
                        "teach",
                        "export",
                        "before",
                        "after-prune",
                        "after-recover");
        JsonNode manifest = manifest();
        assertThat(manifest.get("state").asText()).isEqualTo("COMPLETED");
        assertThat(manifest.at("/student/version").asInt()).isEqualTo(9);
        assertThat(manifest.at("/parameters/after").asInt()).isEqualTo(80);
        assertThat(manifest.at("/evaluation/before/model").asText()).isEqualTo("intact");
        assertThat(manifest.at("/evaluation/after-prune/model").asText()).isEqualTo("stages/prune/model");
        assertThat(manifest.at("/evaluation/after-recover/model").asText()).isEqualTo("export/hf");
        assertThat(manifest.at("/stages/3/artefacts/0/path").asText()).isEqualTo("export/hf/config.json");
        assertThat(directory.resolve("run.conf")).hasContent(CONFIG_TEXT);
    }

    @Test
    void everyStepIsInTheMetricsOnceAndInOrder() throws Exception {
        execute();
        assertThat(steps(Stage.PRUNE)).containsExactlyElementsOf(range(30));
        assertThat(steps(Stage.RECOVER)).containsExactlyElementsOf(range(12));
        assertThat(MetricsLog.read(directory.resolve("metrics.jsonl")))
                .extracting(StepLine::step)
                .filteredOn(step -> step.stage().equals(Stage.PRUNE))
                .extracting(StepMetrics::teacher)
                .contains("intact")
                .anyMatch(teacher -> !teacher.equals("intact"));
        assertThat(EventFileReader.steps(directory))
                .as("the same for TensorBoard")
                .extracting(EventFileReader.Told::step)
                .containsExactlyElementsOf(Stream.concat(range(30).stream(), range(12).stream())
                        .map(Integer::longValue)
                        .toList());
    }

    @Test
    void executingACompletedRunAgainDoesNothing() throws Exception {
        execute();
        worker = new FakeWorker();
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments).isEmpty();
    }

    @Test
    void oldStudentVersionsAreDeletedAndTeachersKept() throws Exception {
        config.recoverSteps = 0;
        execute();
        List<String> teachers = worker.assignments.stream()
                .flatMap(assignment -> assignment.work().reads().blob("teacher").stream())
                .map(blob -> blob.sha256())
                .distinct()
                .toList();
        try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
            List<String> blobs = files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
            // Tagged: 5, 10, 15 and (below the target of 20) 19 per cent; newest two; accumulators.
            assertThat(blobs).containsAll(teachers).hasSize(4 + 2 + 1);
        }
    }

    @Test
    void aFailedAttemptIsRepeatedWithTheSameWork() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        worker = new FakeWorker(failing(Stage.PRUNE, 2, false, tries));
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        List<Assignment> slice = worker.assignments.stream()
                .filter(a -> a.key().stage().equals(Stage.PRUNE) && a.key().sequence() == 2)
                .toList();
        assertThat(slice).extracting(a -> a.key().attempt()).containsExactly(1, 2);
        assertThat(slice.get(1).work()).isEqualTo(slice.get(0).work());
        assertThat(heard).contains("prune attempt 1: the device is on fire");
        assertThat(steps(Stage.PRUNE)).containsExactlyElementsOf(range(30));
    }

    @Test
    void theThirdFailureFailsTheStageAndExecutingAgainGoesOnFromTheLastSlice() throws Exception {
        worker = new FakeWorker(failing(Stage.PRUNE, 2, false, new AtomicInteger(-2)));
        RunOutcome outcome = execute();
        assertThat(outcome.phase()).isEqualTo(RunPhase.FAILED);
        assertThat(outcome.failedStage()).contains(Stage.PRUNE);
        assertThat(outcome.cause()).isEqualTo("the device is on fire");
        assertThat(outcome.permanent()).isFalse();
        assertThat(manifest().at("/stages/1/cause").asText()).isEqualTo("the device is on fire");

        worker = new FakeWorker();
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.get(0).key().sequence()).isEqualTo(2);
        assertThat(worker.assignments.get(0).key().attempt()).isEqualTo(4);
        assertThat(worker.assignments.get(0).work().slice().firstStep()).isEqualTo(10);
        assertThat(steps(Stage.PRUNE)).containsExactlyElementsOf(range(30));
    }

    @Test
    void aPermanentFailureIsNotRepeated() throws Exception {
        worker = new FakeWorker(failing(Stage.EXPORT, 0, true, new AtomicInteger()));
        RunOutcome outcome = execute();
        assertThat(outcome.failedStage()).contains(Stage.EXPORT);
        assertThat(outcome.permanent()).isTrue();
        assertThat(worker.assignments)
                .filteredOn(a -> a.key().stage().equals(Stage.EXPORT))
                .hasSize(1);
    }

    @Test
    void aWorkerThatStopsFailsTheStage() throws Exception {
        worker = new FakeWorker(assignment -> {
            throw new IllegalStateException("the worker's own fault");
        });
        RunOutcome outcome = execute();
        assertThat(outcome.failedStage()).contains(Stage.CALIBRATE);
        assertThat(outcome.cause()).contains("worker stopped");
    }

    @Test
    void anArtefactThatIsNotWhatTheWorkerSaidFailsTheStage() throws Exception {
        worker = new FakeWorker(assignment -> {
            if (assignment.key().stage().equals(Stage.EXPORT)) {
                return Optional.of(done(assignment, new Artefact("../outside", "00".repeat(32), 1)));
            }
            return Optional.empty();
        });
        RunOutcome outcome = execute();
        assertThat(outcome.failedStage()).contains(Stage.EXPORT);
        assertThat(outcome.cause()).contains("../outside").contains("outside the run folder");
    }

    @Test
    void aDamagedArtefactOfACompletedStageIsMadeAgainFromTheLastStudentThatTheStageTrained() throws Exception {
        execute();
        Files.writeString(directory.resolve("stages/prune/model/config.json"), "damaged, of another length");
        worker = new FakeWorker();
        heard.clear();
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(heard.subList(0, 5)).allMatch(stage -> stage.endsWith(" COMPLETED"));
        assertThat(heard.get(5)).startsWith("prune PENDING: artefact stages/prune/model/config.json is");
        assertThat(worker.assignments.get(0).work().leg()).isEqualTo("cut");
        assertThat(worker.assignments.get(0).key().attempt())
                .as("old results stay stale")
                .isEqualTo(2);
        assertThat(steps(Stage.PRUNE)).containsExactlyElementsOf(range(30));
        assertThat(steps(Stage.RECOVER)).containsExactlyElementsOf(range(12));
    }

    @Test
    void aChangeThatWouldThrowTrainingAwayIsRefusedUntilItIsAskedFor() throws Exception {
        execute();
        String changed = "seed = 1, evaluate { limit = 5 }, recover { steps = 3 }";
        assertThatThrownBy(() -> execute(changed))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("recover.steps has changed")
                .hasMessageContaining("--retry recover")
                .hasMessageContaining("--out");
        assertThat(directory.resolve("run.conf")).hasContent(CONFIG_TEXT);
        worker = new FakeWorker();
        assertThat(execute(changed, Optional.of(Stage.RECOVER))).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.stream()
                        .map(assignment -> assignment.key().stage())
                        .distinct())
                .containsExactly(Stage.RECOVER, Stage.EXPORT, Stage.EVALUATE);
        assertThat(directory.resolve("run.conf")).hasContent(changed);
    }

    @Test
    void aRunThatFailedBeforeItHadDoneAnythingMayBecomeAnother() throws Exception {
        worker = new FakeWorker(failing(Stage.CALIBRATE, 0, true, new AtomicInteger()));
        assertThat(execute().phase()).isEqualTo(RunPhase.FAILED);
        worker = new FakeWorker();
        assertThat(execute("seed = 2, model.path = elsewhere")).isEqualTo(RunOutcome.COMPLETED);
    }

    @Test
    void stagesMayBeAddedToARunThatIsDoneAndTakenFromIt() throws Exception {
        config.stages = List.of(Stage.CALIBRATE, Stage.PRUNE);
        execute("seed = 1, stages = [calibrate, prune]");
        worker = new FakeWorker();
        config.stages = Stage.USUAL;
        assertThat(execute("seed = 1")).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.get(0).key().stage()).isEqualTo(Stage.RECOVER);
        config.stages = List.of(Stage.CALIBRATE, Stage.PRUNE, Stage.RECOVER, Stage.EXPORT);
        worker = new FakeWorker();
        assertThat(execute("seed = 1, stages = [calibrate, prune, recover, export]"))
                .isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments).isEmpty();
        assertThat(manifest().get("stages")).hasSize(4);
    }

    @Test
    void aRemovedFolderIsGoneButForWhatNoRunMade() throws Exception {
        execute();
        Path mine = Files.writeString(directory.resolve("notes.txt"), "mine");
        Path own = Files.createDirectories(directory.resolve("export/mine"));
        Files.createDirectories(directory.resolve("export/hf"));
        ExportedFiles.of(directory).add(List.of(Files.writeString(directory.resolve("export/hf/config.json"), "{}")));
        RunRemoval removal = RunRemoval.ofLocal(directory);
        assertThat(removal.left()).containsExactly(directory.resolve("export"), mine);
        assertThat(directory.resolve("export").toFile().list())
                .as("exported by hand")
                .containsExactly("mine");
        Files.delete(own);
        Files.delete(own.getParent());
        assertThat(directory.toFile().list()).containsExactly("notes.txt");
        assertThatThrownBy(() -> RunRemoval.ofLocal(directory))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds no run");
    }

    @Test
    void whatAnExportMadeThatIsDoneAgainIsKnownAsTheRuns() throws Exception {
        Path made = directory.resolve("export/gguf/test-f16.gguf");
        worker = new FakeWorker(assignment -> {
            if (!assignment.key().stage().equals(Stage.EXPORT)) {
                return Optional.empty();
            }
            try {
                Files.createDirectories(made.getParent());
                Files.writeString(made, "made");
                return Optional.of(done(assignment, new Artefact("export/gguf/test-f16.gguf", Sha256.of(made), 4)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        Path mine = Files.writeString(directory.resolve("export/gguf/test-Q4_K_M.gguf"), "mine");
        worker = new FakeWorker();
        execute(CONFIG_TEXT, Optional.of(Stage.EXPORT));
        RunRemoval.ofLocal(directory);
        assertThat(made).doesNotExist();
        assertThat(mine).exists();
        assertThat(directory.resolve("export").toFile().list()).containsExactly("gguf");
    }

    @Test
    void aLinkToAFolderIsNotTakenForIt(@TempDir Path elsewhere) throws Exception {
        execute();
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), directory);
        assertThatThrownBy(() -> RunRemoval.ofLocal(link))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is a link to " + directory)
                .hasMessageContaining("nothing was removed");
        assertThat(directory.resolve("run.conf")).exists();
    }

    @Test
    void aFolderWhoseRunIsAtWorkIsNotRemoved() throws Exception {
        execute();
        try (FolderLock lock = FolderLock.take(directory, "in use")) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> RunRemoval.ofLocal(directory))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("is at work");
        }
        assertThat(directory.resolve("journal")).exists();
    }

    @Test
    void aRunMayTakeLongerToAnswerThanACommandWaits() throws Exception {
        System.setProperty("espalier.coordinator.answer-timeout", "1ms");
        ConfigFactory.invalidateCaches();
        try {
            assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        } finally {
            System.clearProperty("espalier.coordinator.answer-timeout");
            ConfigFactory.invalidateCaches();
        }
    }

    @Test
    void changedEvaluationSettingsEvaluateAgainAndNothingElse() throws Exception {
        execute();
        worker = new FakeWorker();
        assertThat(execute("seed = 1, evaluate { limit = 6 }")).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments)
                .hasSize(3)
                .allMatch(assignment -> assignment.work().kind() == Work.Kind.MEASURE)
                .allMatch(assignment -> assignment.config().contains("limit = 6"));
        assertThat(directory.resolve("run.conf")).hasContent("seed = 1, evaluate { limit = 6 }");
    }

    @Test
    void aFolderInUseIsRefused() throws Exception {
        try (FolderLock lock = FolderLock.take(directory, "in use")) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(this::execute).isInstanceOf(UserError.class).hasMessageContaining("another process");
        }
    }

    @Test
    void aFileInPlaceOfTheFolderIsRefused() throws Exception {
        directory = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(this::execute).isInstanceOf(UserError.class).hasMessageContaining("is a file");
    }

    @Test
    void aFolderThatCannotBeWrittenEndsTheExecutionAndTheRunCanGoOn() throws Exception {
        worker = new FakeWorker(assignment -> {
            if (assignment.work().leg().equals("cut")) {
                blockManifest();
            }
            return Optional.empty();
        });
        assertThatThrownBy(this::execute).isInstanceOf(IOException.class).hasMessageContaining("manifest.json");
        unblockManifest();
        worker = new FakeWorker();
        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.get(0).key().stage()).isEqualTo(Stage.RECOVER);
    }

    @Test
    void aJournalThatFailsEndsTheExecution() throws Exception {
        worker = new FakeWorker(assignment -> {
            if (assignment.work().leg().equals("cut")) {
                breakJournal();
            }
            return Optional.empty();
        });
        assertThatThrownBy(this::execute).isInstanceOf(IOException.class).hasMessageContaining("journal");
    }

    @Test
    void acknowledgedEventsSurviveAHaltOfTheProcess() throws Exception {
        assertThat(HaltedRun.in(directory, Stage.USUAL, new AssignmentKey("test", Stage.PRUNE, 3, 1)))
                .as(() -> "the output in " + directory.resolve("output"))
                .isEqualTo(HaltedRun.EXIT_CODE);

        assertThat(execute()).isEqualTo(RunOutcome.COMPLETED);
        assertThat(worker.assignments.get(0).key()).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 3, 2));
        assertThat(heard).startsWith("calibrate COMPLETED", "prune RUNNING");
        assertThat(steps(Stage.PRUNE)).containsExactlyElementsOf(range(30));
    }

    /** A model, and another file. */
    private static Worker.Done done(Assignment assignment, Artefact besides) {
        try {
            List<Artefact> artefacts = new ArrayList<>(List.of(besides));
            artefacts.addAll(VirtualModels.write(Path.of(assignment.directory()), RunLayout.EXPORT));
            return new Worker.Done(
                    new WorkResult(assignment.key(), Optional.empty(), Double.NaN, artefacts, "{}"), FakeWorker.MODEL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RunOutcome execute() throws Exception {
        return execute(CONFIG_TEXT);
    }

    private RunOutcome execute(String configText) throws Exception {
        return execute(configText, Optional.empty());
    }

    private RunOutcome execute(String configText, Optional<Stage> again) throws Exception {
        return LocalRun.execute(
                new ResolvedRun(config.build(), configText, directory),
                TeachingMethod.STAGES,
                again,
                worker.behavior(),
                "pekko.actor.default-dispatcher",
                listener,
                LocalRun.Companion.NONE);
    }

    private static Function<Assignment, Optional<Worker.Report>> failing(
            Stage stage, long sequence, boolean permanent, AtomicInteger tries) {
        return assignment -> assignment.key().stage().equals(stage)
                        && assignment.key().sequence() == sequence
                        && tries.incrementAndGet() <= 1
                ? Optional.of(FakeWorker.failure(assignment, permanent))
                : Optional.empty();
    }

    private void breakJournal() {
        String url = "jdbc:sqlite:" + directory.resolve("journal/journal.db");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE event_journal");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A folder that is not empty stands where the file would go. */
    private void blockManifest() {
        try {
            Files.delete(directory.resolve("manifest.json"));
            Files.createDirectories(directory.resolve("manifest.json/in-the-way"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void unblockManifest() throws IOException {
        Files.delete(directory.resolve("manifest.json/in-the-way"));
        Files.delete(directory.resolve("manifest.json"));
    }

    private JsonNode manifest() throws IOException {
        return new ObjectMapper().readTree(Files.readString(directory.resolve("manifest.json")));
    }

    private List<Integer> steps(Stage stage) throws IOException {
        return MetricsLog.read(directory.resolve("metrics.jsonl")).stream()
                .map(StepLine::step)
                .filter(step -> step.stage().equals(stage))
                .map(StepMetrics::step)
                .toList();
    }

    private static List<Integer> range(int end) {
        return IntStream.range(0, end).boxed().toList();
    }
}
