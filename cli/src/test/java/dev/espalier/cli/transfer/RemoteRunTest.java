package dev.espalier.cli.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.cli.TinyRun;
import dev.espalier.coordinator.blobs.ArtefactIntake;
import dev.espalier.methods.Methods;
import dev.espalier.methods.nuteprune.GateOrder;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.checkpoint.FileHashes;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.ModelIdentity;
import dev.espalier.worker.transfer.BlobCache;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.RemoteRunFiles;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.transfer.TransferSettings;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.WorkExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose folder no worker sees, beside the same run in a shared folder. */
class RemoteRunTest {
    private static final Reporter SILENT = new Reporter() {
        @Override
        public void stepped(StepMetrics metrics) {}

        @Override
        public void progressed(long done, long total, String what) {}
    };

    /** Of a worker that soon believes a coordinator to be gone. */
    private static final TransferSettings HASTY =
            new TransferSettings(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(60), 1, 1 << 20);

    private static final String CUT = "stages/prune/cut";
    private static final String PRUNED = "stages/prune/model";

    @TempDir
    Path folder;

    private ResolvedRun run;

    /** A worker with a disk of its own. */
    private final class Remote implements AutoCloseable {
        private final RemoteRunFiles files;
        private final WorkExecutor executor;

        Remote(DataPlane plane, Path disk) throws IOException {
            this(plane, disk, 1 << 20);
        }

        Remote(DataPlane plane, Path disk, long cacheBytes) throws IOException {
            BlobCache cache = new BlobCache(disk.resolve("cache"), cacheBytes);
            files = new RemoteRunFiles(DataPlane.RUN, disk.resolve("run"), plane.client(), cache);
            executor = new WorkExecutor(Methods.work(), assignment -> files);
        }

        WorkResult execute(Stage stage, Work work) throws IOException {
            return RemoteRunTest.this.execute(executor, stage, work, Path.of("nowhere/that/a/worker/could/see"));
        }

        @Override
        public void close() throws IOException {
            executor.close();
        }
    }

    @Test
    void workersWithoutTheRunFolderComputeTheSameBytes() throws Exception {
        run = RunConfigReader.read(TinyRun.in(folder).config(), List.of(), Optional.of(folder.resolve("shared")));
        List<WorkResult> expected = new ArrayList<>();
        try (WorkExecutor shared = new WorkExecutor(Methods.work())) {
            for (Step step : steps()) {
                expected.add(execute(shared, step.stage(), step.work(expected), folder.resolve("shared")));
            }
        }

        Path home = Files.createDirectory(folder.resolve("home"));
        ArtefactIntake intake = new ArtefactIntake(home);
        List<WorkResult> results = new ArrayList<>();
        try (DataPlane plane = new DataPlane(home);
                Remote first = new Remote(plane, folder.resolve("disk-1"));
                Remote second = new Remote(plane, folder.resolve("disk-2"))) {
            List<Artefact> known = new ArrayList<>();
            for (Step step : steps()) {
                Remote worker = results.size() % 2 == 0 ? first : second;
                worker.files.fetch(known);
                WorkResult result = worker.execute(step.stage(), step.work(results));
                assertThat(intake.take(result.artefacts())).isEmpty();
                result.artefacts().stream()
                        .filter(artefact -> !artefact.path().startsWith("blobs/"))
                        .forEach(known::add);
                results.add(result);
            }
            assertThat(plane.receivedBytes()).isPositive();
        }

        for (int i = 0; i < results.size(); i++) {
            assertThat(results.get(i).student()).isEqualTo(expected.get(i).student());
            assertThat(results.get(i).artefacts()).isEqualTo(expected.get(i).artefacts());
        }
        for (WorkResult result : results) {
            for (Artefact artefact : result.artefacts()) {
                assertThat(Sha256.of(home.resolve(artefact.path()))).isEqualTo(artefact.sha256());
            }
        }
        assertThat(home.resolve(PRUNED)).isDirectory();
        assertThat(home.resolve("export/hf")).isDirectory();
        assertThat(folder.resolve("disk-1/run")).doesNotExist();
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aWorkerGoesOnWithTheDataPlaneOfTheCoordinatorThatTookOver() throws Exception {
        run = RunConfigReader.read(TinyRun.in(folder).config(), List.of(), Optional.of(folder.resolve("shared")));
        Path home = Files.createDirectory(folder.resolve("home"));
        BlobCache cache = new BlobCache(folder.resolve("disk/cache"), 1 << 20);
        List<URI> opened = new ArrayList<>();
        RunFiles.Opener opener = assignment -> {
            URI plane = URI.create(assignment.dataPlane().orElseThrow());
            opened.add(plane);
            BlobClient client = DataPlane.client(plane.getPort(), Optional.of(DataPlane.TOKEN), HASTY);
            return new RemoteRunFiles(DataPlane.RUN, folder.resolve("disk/run"), client, cache);
        };
        List<WorkResult> results = new ArrayList<>();
        try (WorkExecutor worker = new WorkExecutor(Methods.work(), opener);
                DataPlane second = new DataPlane(home)) {
            URI gone;
            try (DataPlane first = new DataPlane(home)) {
                gone = first.uri();
                for (Step step : steps().subList(0, 2)) {
                    results.add(worker.execute(assignment(first, step.stage(), step.work(results)), SILENT));
                }
            }
            for (Step step : steps().subList(2, 4)) {
                results.add(worker.execute(assignment(second, step.stage(), step.work(results)), SILENT));
            }
            assertThat(opened)
                    .as("anew for each coordinator, and not for each assignment")
                    .containsExactly(gone, second.uri());
            assertThat(second.blobs().verify(results.get(2).student().orElseThrow()))
                    .exists();
        }
    }

    @Test
    void aSliceReadsItsStudentAndItsMomentsThroughACacheThatHoldsNeither() throws Exception {
        run = RunConfigReader.read(TinyRun.in(folder).config(), List.of(), Optional.of(folder.resolve("shared")));
        List<WorkResult> results = new ArrayList<>();
        WorkResult expected;
        try (WorkExecutor shared = new WorkExecutor(Methods.work())) {
            for (Step step : steps().subList(0, 3)) {
                results.add(execute(shared, step.stage(), step.work(results), folder.resolve("shared")));
            }
            expected = execute(shared, Stage.PRUNE, withMomentsOfAnother(results), folder.resolve("shared"));
        }

        try (DataPlane plane = new DataPlane(folder.resolve("shared"));
                Remote worker = new Remote(plane, folder.resolve("disk"), 1)) {
            WorkResult result = worker.execute(Stage.PRUNE, withMomentsOfAnother(results));
            assertThat(result.student()).isEqualTo(expected.student());
            BlobFolder cache = new BlobFolder(folder.resolve("disk/cache"));
            assertThat(cache.holds(student(results).orElseThrow())).isTrue();
            worker.files.fetch(List.of());
            assertThat(cache.holds(student(results).orElseThrow()))
                    .as("the next work begins within the bound")
                    .isFalse();
            assertThat(cache.holds(result.student().orElseThrow())).isTrue();
        }
    }

    /** From the newest version, by a worker that had made the one before. */
    private static Work withMomentsOfAnother(List<WorkResult> before) {
        Work.Reads reads = Work.Reads.NOTHING
                .version(student(before))
                .moments(before.get(before.size() - 2).student())
                .blob(Work.Reads.CALIBRATION, Optional.of(calibration(before)));
        return Work.train("gates", slice(3), 6, reads, new GateOrder(Collections.nCopies(3, 0.2), 0).json());
    }

    @Test
    void anInputThatWouldLieOutsideTheWorkersFolderIsRefused() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        try (DataPlane plane = new DataPlane(home);
                Remote worker = new Remote(plane, folder.resolve("disk"))) {
            Path file = Files.writeString(folder.resolve("file"), "evil");
            BlobRef blob = plane.blobs().put(file);
            Artefact evil = new Artefact("../../evil", blob.sha256(), blob.bytes());
            assertThatThrownBy(() -> worker.files.fetch(List.of(evil))).isInstanceOf(FileSystemException.class);
            worker.files.close();
        }
    }

    @Test
    void anInputThatIsThereIsNotFetchedAgainUnlessItChanged() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        try (DataPlane plane = new DataPlane(home);
                Remote worker = new Remote(plane, folder.resolve("disk"))) {
            BlobRef blob = plane.blobs().put(Files.writeString(folder.resolve("file"), "weights"));
            Artefact input = new Artefact("stages/prune/model/file", blob.sha256(), blob.bytes());
            Path there = folder.resolve("disk/run/stages/prune/model/file");
            worker.files.fetch(List.of(input));
            worker.files.fetch(List.of(input));
            assertThat(there).hasContent("weights");
            assertThat(plane.nextSentBytes()).isEqualTo(7);
            assertThat(plane.sentNothingElse()).isTrue();
            Files.writeString(there, "changed");
            worker.files.fetch(List.of(input));
            assertThat(there).hasContent("weights");
            worker.files.close();
        }
    }

    private record Step(Stage stage, Function<List<WorkResult>, Work> of) {
        Work work(List<WorkResult> before) {
            return of.apply(before);
        }
    }

    /** Every kind of work, each needing what those before left. */
    private static List<Step> steps() {
        return List.of(
                new Step(Stage.CALIBRATE, before -> build("scores", Work.Reads.NOTHING, Optional.empty())),
                new Step(Stage.PRUNE, before -> gates(before, Optional.empty(), 0, 0)),
                new Step(Stage.PRUNE, before -> gates(before, student(before), 3, 10)),
                new Step(
                        Stage.PRUNE,
                        before -> build(
                                "cut",
                                Work.Reads.NOTHING
                                        .version(student(before))
                                        .blob(Work.Reads.CALIBRATION, Optional.of(calibration(before))),
                                Optional.of(CUT))),
                new Step(Stage.PRUNE, before -> teach(CUT, 3)),
                new Step(
                        Stage.PRUNE,
                        before -> build(
                                "merge",
                                Work.Reads.NOTHING.version(student(before)).model(Optional.of(CUT)),
                                Optional.of(PRUNED))),
                new Step(Stage.RECOVER, before -> teach(PRUNED, 0)),
                new Step(
                        Stage.EXPORT,
                        before -> build(
                                "export",
                                Work.Reads.NOTHING.version(student(before)).model(Optional.of(PRUNED)),
                                Optional.of(RunLayout.EXPORT))),
                new Step(
                        Stage.EVALUATE,
                        before -> Work.once(
                                Work.Kind.MEASURE,
                                "after-recover",
                                Work.Reads.NOTHING.model(Optional.of(RunLayout.EXPORT)),
                                Optional.empty())));
    }

    private static Work build(String leg, Work.Reads reads, Optional<String> writes) {
        return Work.once(Work.Kind.BUILD, leg, reads, writes);
    }

    private static Slice slice(int first) {
        return new Slice(first, 3, 0, 0, Cursor.start(List.of(1.0)).after(2L * first));
    }

    /** @param teacher its sparsity in per cent; the student itself is the teacher then */
    private static Work gates(List<WorkResult> before, Optional<BlobRef> student, int first, int teacher) {
        Work.Reads reads = Work.Reads.NOTHING
                .version(student)
                .blob(Work.Reads.CALIBRATION, Optional.of(calibration(before)))
                .blob(GateOrder.TEACHER, student);
        return Work.train("gates", slice(first), 6, reads, new GateOrder(Collections.nCopies(3, 0.2), teacher).json());
    }

    private static Work teach(String model, int first) {
        Work.Reads reads = Work.Reads.NOTHING.model(Optional.of(model));
        return Work.train("teach", slice(first), 6, reads, Work.NO_ORDER);
    }

    /** What the work just before left. */
    private static Optional<BlobRef> student(List<WorkResult> before) {
        return before.get(before.size() - 1).student();
    }

    private static BlobRef calibration(List<WorkResult> before) {
        Artefact artefact = before.get(0).artefacts().get(0);
        return new BlobRef(artefact.sha256(), artefact.bytes());
    }

    private Assignment assignment(DataPlane plane, Stage stage, Work work) throws IOException {
        return new Assignment(
                new AssignmentKey(DataPlane.RUN, stage, 0, 1),
                run.text(),
                "nowhere/that/a/worker/could/see",
                Optional.of(plane.uri().toString()),
                identity(),
                List.of(),
                work);
    }

    private WorkResult execute(WorkExecutor executor, Stage stage, Work work, Path directory) throws IOException {
        return executor.execute(
                new Assignment(
                        new AssignmentKey(DataPlane.RUN, stage, 0, 1),
                        run.text(),
                        directory.toString(),
                        Optional.empty(),
                        identity(),
                        List.of(),
                        work),
                SILENT);
    }

    /** Of the model, which a coordinator knows from the first result. */
    private Optional<String> identity() throws IOException {
        try (ModelFolder model = ModelFolder.open(run.config().model().path())) {
            return Optional.of(ModelIdentity.of(model, new FileHashes(folder.resolve("hashes")))
                    .sha256());
        }
    }
}
