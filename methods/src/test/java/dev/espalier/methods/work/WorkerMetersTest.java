package dev.espalier.methods.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.methods.Methods;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.TinyWork;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.torch.Torch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker tells of itself while it trains. */
class WorkerMetersTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int STEPS = 3;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<Worker.Command> worker =
            kit.spawn(WorkerActor.create(WorkerActor.Settings.local(Methods.work()), new Meters(registry)));
    private final TestProbe<Worker.Report> reports = kit.createTestProbe(Worker.Report.class);

    @TempDir
    private Path folder;

    private ResolvedRun run;

    @BeforeEach
    void writeAModel() throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
        run = TinyRun.config(
                folder,
                "prune.faithful=true",
                "prune.gates.harden-at=1",
                "prune.granularity=[heads, ffn, hidden]",
                "prune.refit=false",
                "prune.initialise-from=none",
                "export.uniform=false");
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void partsOfAStepMakeUpNoMoreThanTheStep() {
        double steps = 0;
        worker.tell(new Worker.Assign(training(Optional.empty()), reports.ref()));
        for (int step = 0; step < STEPS; step++) {
            steps += reports.expectMessageClass(Worker.Stepped.class, PATIENCE)
                    .metrics()
                    .seconds();
        }
        reports.expectMessageClass(Worker.Done.class, PATIENCE);

        double parts = 0;
        for (String phase : new String[] {"teacher", "student", "backward", "optimizer"}) {
            var timer = registry.get("espalier.training.phase")
                    .tag("phase", phase)
                    .tag("stage", "prune")
                    .timer();
            assertThat(timer.count()).as(phase).isEqualTo(STEPS);
            assertThat(timer.totalTime(TimeUnit.SECONDS)).as(phase).isPositive();
            parts += timer.totalTime(TimeUnit.SECONDS);
        }
        var swaps = registry.get("espalier.training.role.swap").timer();
        assertThat(swaps.count()).isEqualTo(STEPS);
        assertThat(parts + swaps.totalTime(TimeUnit.SECONDS)).isLessThan(steps);
    }

    @Test
    void tensorsMultipliersAndBlobsAreTold() {
        worker.tell(new Worker.Assign(training(Optional.empty()), reports.ref()));
        for (int step = 0; step < STEPS; step++) {
            Worker.Stepped stepped = reports.expectMessageClass(Worker.Stepped.class, PATIENCE);
            assertThat(stepped.metrics().value("multiplier.linear")).isNotZero().isFinite();
        }
        BlobRef student = reports.expectMessageClass(Worker.Done.class, PATIENCE)
                .result()
                .student()
                .orElseThrow();

        assertThat(registry.get("espalier.tensors").gauge().value()).isGreaterThan(50);
        // the model alone: 96 x 16 embeddings, and more
        assertThat(registry.get("espalier.tensors.size").gauge().value()).isGreaterThan(4 * 96 * 16);
        assertThat(registry.get("espalier.blob")
                        .tag("operation", "write")
                        .counter()
                        .count())
                .isEqualTo(student.bytes());
    }

    @Test
    void workThatFailsIsCountedAsFailed() {
        BlobRef absent = new BlobRef("0".repeat(64), 1);
        worker.tell(new Worker.Assign(training(Optional.of(absent)), reports.ref()));
        reports.expectMessageClass(Worker.Failed.class, PATIENCE);
        // a second message is only answered once the first is wholly done with
        worker.tell(new Worker.Assign(training(Optional.of(absent)), reports.ref()));
        reports.expectMessageClass(Worker.Failed.class, PATIENCE);

        var work = registry.get("espalier.worker.assignment");
        assertThat(work.tag("outcome", "failed").timer().count()).isPositive();
    }

    private Assignment training(Optional<BlobRef> student) {
        Work work = TinyWork.gates(student, Optional.empty(), 0, 8, Collections.nCopies(STEPS, 0.1), Optional.empty());
        AssignmentKey key = new AssignmentKey("tiny", Stage.PRUNE, 0, 1);
        return Assignment.inFolder(key, run.text(), run.directory().toString(), work);
    }
}
