package dev.espalier.worker.actor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.stage.Stages;
import dev.espalier.worker.work.Repertoire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceActorTest {
    private final ActorTestKit kit = ActorTestKit.create();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void workThatTheHeapDoesNotHoldFailsForGoodAndTheWorkerLivesOn() throws IOException {
        ResolvedRun run = TinyRun.config(folder);
        ActorRef<DeviceActor.Execute> device = kit.spawn(DeviceActor.create(
                new Repertoire(Stages.ALL, List.of(), List.of(), List.of()),
                assignment -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                Meters.none()));
        TestProbe<Worker.Report> reports = kit.createTestProbe(Worker.Report.class);
        for (int attempt = 1; attempt <= 2; attempt++) {
            AssignmentKey key = new AssignmentKey("tiny", Stage.CALIBRATE, 0, attempt);
            Assignment work = Assignment.inFolder(
                    key,
                    run.text(),
                    run.directory().toString(),
                    Work.once(Work.Kind.BUILD, "scores", Work.Reads.NOTHING, Optional.empty()));
            device.tell(new DeviceActor.Execute(work, new AtomicBoolean(), reports.ref()));
            Worker.Failed failed = reports.expectMessageClass(Worker.Failed.class, Duration.ofMinutes(1));
            assertThat(failed.key()).isEqualTo(key);
            assertThat(failed.permanent()).isTrue();
            assertThat(failed.cause()).contains("Java heap space", "raise ESPALIER_HEAP");
        }
    }
}
