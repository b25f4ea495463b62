package dev.espalier.methods.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.CalibrationOrder;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.ExportedFiles;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.TinyWork;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.WorkExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run's work without a coordinator. */
class WorkExecutorTest {
    private static final Reporter SILENT = new Recording();

    @TempDir
    private Path folder;

    private long sequence;

    @BeforeEach
    void writeAModel() {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
    }

    /** Remembers the steps, and cancels at one of them. */
    private static final class Recording implements Reporter {
        private final List<StepMetrics> steps = new ArrayList<>();
        private final int cancelAt;

        Recording() {
            this(Integer.MAX_VALUE);
        }

        Recording(int cancelAt) {
            this.cancelAt = cancelAt;
        }

        @Override
        public void stepped(StepMetrics metrics) {
            steps.add(metrics);
            if (metrics.step() == cancelAt) {
                throw new Cancelled();
            }
        }

        @Override
        public void progressed(long done, long total, String what) {}
    }

    @ParameterizedTest
    @CsvSource({"true, group", "false, query"})
    void aRunGoesFromCalibrationToASmallerModelThatIsMeasured(boolean uniform, String unit) throws IOException {
        ResolvedRun run = TinyRun.config(
                folder, "prune.granularity=[heads, ffn]", "prune.head-unit=" + unit, "export.uniform=" + uniform);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run);
            Recording recording = new Recording();
            BlobRef first =
                    train(executor, run, slice(Optional.empty(), calibration, 0, 2, Optional.empty()), recording);
            Optional<BlobRef> teacher = Optional.of(first);
            BlobRef second = train(executor, run, slice(Optional.of(first), calibration, 2, 2, teacher), recording);
            WorkResult compacted = executor.execute(
                    assignment(
                            run,
                            Stage.PRUNE,
                            TinyWork.build(
                                    "cut",
                                    reads(second).blob(Work.Reads.CALIBRATION, Optional.of(calibration)),
                                    "stages/prune/cut")),
                    SILENT);
            JsonNode parameters =
                    new ObjectMapper().readTree(compacted.measurements()).get("parameters");
            assertThat(parameters.get("sparsity").asDouble()).isCloseTo(0.25, Offset.offset(0.03));
            assertThat(parameters.get("after").asLong())
                    .isLessThan(parameters.get("before").asLong());
            verify(run, compacted);

            Work settling = TinyWork.teach("stages/prune/cut", 4, 8);
            BlobRef settled = train(executor, run, settling, recording);
            assertThat(recording.steps).extracting(StepMetrics::step).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(recording.steps.get(3).teacher()).isEqualTo("10");
            assertThat(recording.steps.get(4).teacher()).isEqualTo("intact");
            WorkResult merged = executor.execute(
                    assignment(
                            run,
                            Stage.PRUNE,
                            TinyWork.build(
                                    "merge",
                                    reads(settled).model(Optional.of("stages/prune/cut")),
                                    "stages/prune/model")),
                    SILENT);
            verify(run, merged);

            Work recover = TinyWork.teach("stages/prune/model", 0, 4);
            WorkResult recovered = executor.execute(assignment(run, Stage.RECOVER, recover), recording);
            WorkResult exported = executor.execute(
                    assignment(
                            run,
                            Stage.EXPORT,
                            TinyWork.build(
                                    "export",
                                    reads(recovered.student().orElseThrow()).model(Optional.of("stages/prune/model")),
                                    "export/hf")),
                    SILENT);
            verify(run, exported);
            try (ModelFolder small = ModelFolder.open(run.directory().resolve("export/hf"))) {
                assertThat(small.config().parameters())
                        .isEqualTo(parameters.get("after").asLong());
                assertThat(small.config().isUniform()).isEqualTo(uniform);
            }
            requireThatARecalledExportTouchesNothing(
                    executor, run, reads(recovered.student().orElseThrow()).model(Optional.of("stages/prune/model")));
            double intact = perplexity(executor, run, Optional.empty());
            double pruned = perplexity(executor, run, Optional.of("export/hf"));
            assertThat(intact).isPositive().isNotEqualTo(pruned);
        }
    }

    private void requireThatARecalledExportTouchesNothing(WorkExecutor executor, ResolvedRun run, Work.Reads reads)
            throws IOException {
        Path half = run.directory().resolve("export/hf/.model.safetensors.3f0c8b1e-52a9-4c7e-9d21-7b6a5e4d3c2b.tmp");
        Path gguf = run.directory().resolve("export/gguf/of-another-attempt.gguf");
        Files.createDirectories(gguf.getParent());
        for (Path file : List.of(half, gguf)) {
            Files.setLastModifiedTime(Files.writeString(file, "made by another attempt"), FileTime.fromMillis(0));
        }
        ExportedFiles.of(run.directory()).add(List.of(gguf));
        for (String recalledAt : List.of("layers exported", "formats written")) {
            Assignment again = assignment(run, Stage.EXPORT, TinyWork.build("export", reads, "export/hf"));
            assertThatThrownBy(() -> executor.execute(again, recalledAt(recalledAt)))
                    .isInstanceOf(Reporter.Cancelled.class);
            assertThat(gguf).as(recalledAt).exists();
            assertThat(Files.exists(half)).as(recalledAt).isEqualTo(recalledAt.startsWith("layers"));
        }
    }

    private static Reporter recalledAt(String told) {
        return new Reporter() {
            @Override
            public void stepped(StepMetrics metrics) {}

            @Override
            public void progressed(long done, long total, String what) {
                if (what.equals(told)) {
                    throw new Cancelled();
                }
            }
        };
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void theSameSliceFromAStoredVersionGivesTheSameBytesWhoeverComputesIt(boolean faithful) throws IOException {
        ResolvedRun run = TinyRun.config(
                folder,
                "prune.faithful=" + faithful,
                "prune.gates.harden-at=" + (faithful ? 1 : 0.4),
                "prune.granularity=[heads, ffn, hidden]",
                "prune.refit=false",
                "prune.initialise-from=none",
                "export.uniform=false");
        List<BlobRef> versions = new ArrayList<>();
        for (int worker = 0; worker < 3; worker++) {
            try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
                BlobRef first = train(executor, run, slice(Optional.empty(), null, 0, 4, Optional.empty()), SILENT);
                Optional<BlobRef> teacher = Optional.of(first);
                // on the device at once, and read back after work of another kind
                BlobRef second = train(executor, run, slice(Optional.of(first), null, 4, 4, teacher), SILENT);
                perplexity(executor, run, Optional.empty());
                BlobRef again = train(executor, run, slice(Optional.of(first), null, 4, 4, teacher), SILENT);
                assertThat(again).isEqualTo(second);
                versions.add(second);
            }
        }
        assertThat(versions).containsOnly(versions.get(0));
    }

    @Test
    void validationTextIsMeasuredTenTimesAndChangesNothing() throws IOException {
        ResolvedRun plain = TinyRun.config(folder, "prune.initialise-from=none");
        ResolvedRun validated = TinyRun.config(
                folder,
                "prune.initialise-from=none",
                "data.validation=[{path=\"" + TinyRun.writeText(folder.resolve("other.txt")) + "\"}]");
        Work slice = TinyWork.gates(
                Optional.empty(), Optional.empty(), 0, 30, Collections.nCopies(10, 0.2), Optional.empty());
        List<BlobRef> students = new ArrayList<>();
        for (ResolvedRun run : List.of(plain, validated)) {
            Recording recording = new Recording();
            try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
                students.add(train(executor, run, slice, recording));
            }
            List<Integer> measured = recording.steps.stream()
                    .filter(step -> Double.isFinite(step.value(StepFields.LOSS_VALIDATION)))
                    .map(StepMetrics::step)
                    .toList();
            assertThat(measured).isEqualTo(run.equals(plain) ? List.of() : List.of(2, 5, 8));
        }
        assertThat(students.get(1)).isEqualTo(students.get(0));
    }

    @Test
    void oneSliceOrTwoMakesNoDifference() throws IOException {
        ResolvedRun run = TinyRun.config(folder, "prune.initialise-from=magnitude", "prune.refit=false");
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run);
            BlobRef first = train(executor, run, slice(Optional.empty(), calibration, 0, 3, Optional.empty()), SILENT);
            BlobRef second =
                    train(executor, run, slice(Optional.of(first), calibration, 3, 5, Optional.empty()), SILENT);
            assertThat(train(executor, run, slice(Optional.empty(), calibration, 0, 8, Optional.empty()), SILENT))
                    .isEqualTo(second);
        }
    }

    @Test
    void aCancelledSliceLeavesNoVersionAndARetryStartsAfresh() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run);
            List<Path> before = files(run.directory());
            Work slice = slice(Optional.empty(), calibration, 0, 4, Optional.empty());
            Assignment assignment = assignment(run, Stage.PRUNE, slice);
            assertThatThrownBy(() -> executor.execute(assignment, new Recording(2)))
                    .isInstanceOf(Reporter.Cancelled.class);
            assertThat(files(run.directory())).isEqualTo(before);
            BlobRef retried = train(executor, run, slice, SILENT);
            try (WorkExecutor other = new WorkExecutor(Methods.work())) {
                assertThat(train(other, run, slice, SILENT)).isEqualTo(retried);
            }
        }
    }

    @Test
    void aFirstSliceThatFailsOnAMissingTeacherOrAFullDiskIsRetriedFromTheBeginning() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run);
            Work slice = slice(Optional.empty(), calibration, 0, 4, Optional.empty());
            BlobRef expected = train(executor, run, slice, SILENT);
            Path blobs = run.directory().resolve("blobs");
            Path aside = run.directory().resolve("aside");
            Reporter breaking = new Reporter() {
                @Override
                public void stepped(StepMetrics metrics) {
                    try {
                        if (metrics.step() == 3) {
                            Files.move(blobs, aside);
                            Files.writeString(blobs, "in the way");
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public void progressed(long done, long total, String what) {}
            };
            assertThatThrownBy(() -> executor.execute(assignment(run, Stage.PRUNE, slice), breaking))
                    .isInstanceOf(IOException.class);
            Files.delete(blobs);
            Files.move(aside, blobs);
            assertThat(train(executor, run, slice, SILENT)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"distill, 1", "lm, 2"})
    void recoveryOfAllWeightsGoesOnFromAVersionAndIsExportedAsLearnt(String objective, int seed) throws IOException {
        ResolvedRun run = TinyRun.config(
                folder,
                "seed=" + seed,
                "prune.method=magnitude",
                "recover.objective=" + objective,
                "recover.modules=all-weights");
        String model = "stages/prune/model";
        BlobRef whole;
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run);
            Work.Reads scores = Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, Optional.of(calibration));
            executor.execute(assignment(run, Stage.PRUNE, TinyWork.build("shot", scores, model)), SILENT);
            String cut = Sha256.of(run.directory().resolve(model).resolve("model.safetensors"));

            Recording recording = new Recording();
            whole = recover(executor, run, Optional.empty(), 0, 4, recording);
            assertThat(recording.steps).allSatisfy(step -> assertThat(step.value(StepFields.GRADIENT_NORM))
                    .isPositive());
            // a slice that fails has moved the weights, and the next one begins where it did
            assertThatThrownBy(() -> recover(executor, run, Optional.empty(), 0, 4, new Recording(2)))
                    .isInstanceOf(Reporter.Cancelled.class);
            assertThat(recover(executor, run, Optional.empty(), 0, 4, SILENT)).isEqualTo(whole);

            WorkResult exported = executor.execute(
                    assignment(
                            run,
                            Stage.EXPORT,
                            TinyWork.build("export", reads(whole).model(Optional.of(model)), "export/hf")),
                    SILENT);
            verify(run, exported);
            assertThat(Sha256.of(run.directory().resolve(model).resolve("model.safetensors")))
                    .as("what was cut stays as it was")
                    .isEqualTo(cut);
        }
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef half = recover(executor, run, Optional.empty(), 0, 2, SILENT);
            perplexity(executor, run, Optional.empty());
            assertThat(recover(executor, run, Optional.of(half), 2, 4, SILENT)).isEqualTo(whole);
        }
        try (SafetensorsReader version =
                        SafetensorsReader.open(new BlobFolder(run.directory().resolve("blobs")).path(whole));
                SafetensorsReader exported =
                        SafetensorsReader.open(run.directory().resolve("export/hf"));
                SafetensorsReader before =
                        SafetensorsReader.open(run.directory().resolve(model))) {
            List<String> words = List.of(WeightShapes.EMBEDDING, WeightShapes.HEAD);
            for (String name : exported.names()) {
                if (words.contains(name)) {
                    assertThat(exported.floats(name)).as(name).isEqualTo(before.floats(name));
                } else {
                    assertThat(exported.floats(name))
                            .as(name)
                            .isEqualTo(version.floats(name))
                            .isNotEqualTo(before.floats(name));
                }
            }
        }
    }

    private BlobRef recover(
            WorkExecutor executor, ResolvedRun run, Optional<BlobRef> from, int first, int until, Reporter reporter)
            throws IOException {
        Work slice = TinyWork.teach("stages/prune/model", first, until);
        Work work = Work.train(slice.leg(), slice.slice(), 4, slice.reads().version(from), slice.order());
        return executor.execute(assignment(run, Stage.RECOVER, work), reporter)
                .student()
                .orElseThrow();
    }

    @Test
    void equalConfigurationsInTwoFoldersAreTwoRuns() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        Path elsewhere = folder.resolve("elsewhere");
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            calibrate(executor, run);
            calibrate(executor, new ResolvedRun(run.config(), run.text(), elsewhere));
            assertThat(elsewhere.resolve("blobs")).isDirectory();
        }
    }

    @Test
    void filesComeFromTheCoordinatorThatHandedTheWorkOut() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        List<Optional<String>> opened = new ArrayList<>();
        try (WorkExecutor executor = new WorkExecutor(Methods.work(), assignment -> {
            opened.add(assignment.dataPlane());
            return WorkExecutor.SHARED.open(assignment);
        })) {
            Optional<String> model = Optional.empty();
            for (String coordinator : List.of("http://first:7700", "http://first:7700", "http://second:7700")) {
                AssignmentKey key = new AssignmentKey("tiny", Stage.CALIBRATE, sequence++, 1);
                executor.execute(
                        new Assignment(
                                key,
                                run.text(),
                                run.directory().toString(),
                                Optional.of(coordinator),
                                model,
                                List.of(),
                                TinyWork.CALIBRATE),
                        SILENT);
                model = Optional.of(executor.model());
            }
        }
        assertThat(opened).containsExactly(Optional.of("http://first:7700"), Optional.of("http://second:7700"));
    }

    @Test
    void aCalibrationPassScoresByWhatIsWantedAlone() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            WorkResult result = executor.execute(assignment(run, Stage.CALIBRATE, scores("wanda-sp")), SILENT);
            Path blob = run.directory().resolve(result.artefacts().get(0).path());
            try (SafetensorsReader reader = SafetensorsReader.open(blob)) {
                assertThat(reader.names()).containsExactly("wanda_sp");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "obs",
        "magnitude",
        "wanda-sp",
        "flap",
        "minitron",
        "mutual-information",
        "llm-pruner",
        "adaptive-fusion"
    })
    void oneShotMethodsReachTheTarget(String method) throws IOException {
        ResolvedRun run = TinyRun.config(folder, "prune.method=" + method);
        try (WorkExecutor executor = new WorkExecutor(Methods.work())) {
            BlobRef calibration = calibrate(executor, run, scores(method));
            WorkResult result = executor.execute(
                    assignment(
                            run,
                            Stage.PRUNE,
                            TinyWork.build(
                                    "shot",
                                    Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, Optional.of(calibration)),
                                    "stages/prune/model")),
                    SILENT);
            verify(run, result);
            assertThat(new ObjectMapper()
                            .readTree(result.measurements())
                            .at("/parameters/sparsity")
                            .asDouble())
                    .isCloseTo(0.25, Offset.offset(0.03));
        }
    }

    /** Scores by one metric alone. */
    private static Work scores(String metric) {
        return new Work(
                Work.Kind.BUILD,
                "scores",
                Slice.NONE,
                0,
                Work.Reads.NOTHING,
                Optional.empty(),
                new CalibrationOrder(List.of(metric)).json());
    }

    private BlobRef calibrate(WorkExecutor executor, ResolvedRun run) throws IOException {
        return calibrate(executor, run, TinyWork.CALIBRATE);
    }

    private BlobRef calibrate(WorkExecutor executor, ResolvedRun run, Work scores) throws IOException {
        WorkResult result = executor.execute(assignment(run, Stage.CALIBRATE, scores), SILENT);
        verify(run, result);
        Path blob = run.directory().resolve(result.artefacts().get(0).path());
        return new BlobRef(result.artefacts().get(0).sha256(), Files.size(blob));
    }

    private BlobRef train(WorkExecutor executor, ResolvedRun run, Work slice, Reporter reporter) throws IOException {
        return executor.execute(assignment(run, Stage.PRUNE, slice), reporter)
                .student()
                .orElseThrow();
    }

    private static Work.Reads reads(BlobRef student) {
        return Work.Reads.NOTHING.version(Optional.of(student));
    }

    private static Work slice(
            Optional<BlobRef> student, BlobRef calibration, int first, int count, Optional<BlobRef> teacher) {
        List<Double> targets = new ArrayList<>();
        for (int step = first; step < first + count; step++) {
            targets.add(Math.min(0.25, 0.05 * (step + 1)));
        }
        return TinyWork.gates(student, Optional.ofNullable(calibration), first, 8, targets, teacher);
    }

    private double perplexity(WorkExecutor executor, ResolvedRun run, Optional<String> model) throws IOException {
        WorkResult result = executor.execute(assignment(run, Stage.EVALUATE, TinyWork.evaluate(model)), SILENT);
        return new ObjectMapper()
                .readTree(result.measurements())
                .at("/perplexity/0/value")
                .asDouble();
    }

    private Assignment assignment(ResolvedRun run, Stage stage, Work work) {
        AssignmentKey key = new AssignmentKey("tiny", stage, sequence++, 1);
        return Assignment.inFolder(key, run.text(), run.directory().toString(), work);
    }

    private static void verify(ResolvedRun run, WorkResult result) throws IOException {
        assertThat(result.artefacts()).isNotEmpty();
        for (var artefact : result.artefacts()) {
            Path file = run.directory().resolve(artefact.path());
            assertThat(Sha256.of(file)).isEqualTo(artefact.sha256());
            assertThat(Files.size(file)).isEqualTo(artefact.bytes());
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
