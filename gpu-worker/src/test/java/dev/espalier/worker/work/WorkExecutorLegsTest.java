package dev.espalier.worker.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.FileHashes;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.ModelIdentity;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage that nobody else knows, done by a worker that is handed it. */
class WorkExecutorLegsTest {
    private static final Stage TOY = new Stage("toy", 1);
    private static final Reporter SILENT = new Reporter() {
        @Override
        public void stepped(StepMetrics metrics) {}

        @Override
        public void progressed(long done, long total, String what) {}
    };

    /** What happened to legs, in order. */
    private final List<String> events = new ArrayList<>();

    private final Repertoire repertoire = new Repertoire(
            List.of(new Legs("toy", Map.of("count", (bench, first) -> new Toy("count"), "fail", (bench, first) -> {
                events.add("open fail");
                return (assignment, reporter) -> {
                    throw new UserError("wrong");
                };
            }))),
            List.of(new Legs("another", Map.of())),
            List.of(),
            List.of());

    @TempDir
    private Path folder;

    private ResolvedRun run;
    private Optional<String> identity;
    private List<Artefact> inputs = List.of();
    private long sequence;

    /** Counts what it is asked for. */
    private final class Toy implements LegWork {
        private final String name;
        private int runs;

        Toy(String name) {
            this.name = name;
            events.add("open " + name);
        }

        @Override
        public WorkResult run(Assignment assignment, Reporter reporter) {
            return Results.measured(
                    assignment.key(), JsonNodeFactory.instance.objectNode().put("runs", ++runs));
        }

        @Override
        public void close() {
            events.add("close " + name);
        }
    }

    @BeforeEach
    void writeAModel() throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
        run = TinyRun.config(folder);
        try (ModelFolder model = ModelFolder.open(folder.resolve("model"))) {
            identity = Optional.of(ModelIdentity.of(model, new FileHashes(folder.resolve("hashes")))
                    .sha256());
        }
    }

    @Test
    void aLegGoesOnWithTheNextOfItsAssignmentsUntilOneOverAnotherModelComes() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(repertoire)) {
            assertThat(measured(executor, "count", Optional.empty())).isEqualTo("{\"runs\":1}");
            assertThat(measured(executor, "count", Optional.empty())).isEqualTo("{\"runs\":2}");
            assertThat(measured(executor, "count", Optional.of("stages/prune/model")))
                    .isEqualTo("{\"runs\":1}");
            assertThat(events).containsExactly("open count", "close count", "open count");
        }
        assertThat(events).endsWith("close count");
    }

    @Test
    void whereAStageThatWasDoneAgainLeftOtherFilesALegBeginsAnew() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(repertoire)) {
            Optional<String> model = Optional.of("stages/prune/model");
            assertThat(measured(executor, "count", model)).isEqualTo("{\"runs\":1}");
            inputs = List.of(new Artefact("stages/prune/model/config.json", "ab".repeat(32), 2));
            assertThat(measured(executor, "count", model)).isEqualTo("{\"runs\":1}");
            assertThat(measured(executor, "count", model)).isEqualTo("{\"runs\":2}");
        }
    }

    @Test
    void aRunThatBeginsAnewReadsItsModelAnew() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(repertoire)) {
            measured(executor, "count", Optional.empty());
            assertThat(executor.model()).isEqualTo(identity.orElseThrow());
            Files.writeString(folder.resolve("model/tokenizer.json"), "\n", StandardOpenOption.APPEND);
            identity = Optional.empty();
            String before = executor.model();
            measured(executor, "count", Optional.empty());
            assertThat(executor.model()).isNotEqualTo(before);
        }
    }

    @Test
    void nothingIsKeptOfWorkThatFoundItsInputWrong() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(repertoire)) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> measured(executor, "fail", Optional.empty()))
                        .isInstanceOf(UserError.class)
                        .hasMessage("wrong");
            }
            assertThat(events).containsExactly("open fail", "open fail");
        }
    }

    @Test
    void whatAWorkerDoesNotKnowIsNamedBesideWhatItKnows() throws IOException {
        try (WorkExecutor executor = new WorkExecutor(repertoire)) {
            assertThatThrownBy(() -> measured(executor, "sing", Optional.empty()))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("knows no leg sing of toy, only count, fail");
            assertThatThrownBy(() -> executor.execute(assignment(new Stage("opera", 1), "sing"), SILENT))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("knows no stage opera, only toy");
            assertThatThrownBy(() -> executor.execute(assignment(Stage.PRUNE, "sing"), SILENT))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("only another: use the same version on all nodes");
        }
    }

    private String measured(WorkExecutor executor, String leg, Optional<String> model) throws IOException {
        return executor.execute(assignment(TOY, leg, model), SILENT).measurements();
    }

    private Assignment assignment(Stage stage, String leg) {
        return assignment(stage, leg, Optional.empty());
    }

    private Assignment assignment(Stage stage, String leg, Optional<String> model) {
        AssignmentKey key = new AssignmentKey("tiny", stage, sequence++, 1);
        Work work = Work.once(Work.Kind.MEASURE, leg, Work.Reads.NOTHING.model(model), Optional.empty());
        return new Assignment(key, run.text(), run.directory().toString(), Optional.empty(), identity, inputs, work);
    }
}
