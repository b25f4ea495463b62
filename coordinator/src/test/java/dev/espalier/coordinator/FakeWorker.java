package dev.espalier.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.folder.ResultCheck;
import dev.espalier.coordinator.simulation.VirtualModels;
import dev.espalier.coordinator.simulation.VirtualStudents;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/** A worker that does nothing real but leaves all that a real one leaves; a script may answer in its place. */
public final class FakeWorker {
    /** Identity of the model that it has. */
    public static final String MODEL = "ab".repeat(32);

    /** Numbers in its students. */
    public static final int TRAINABLES = 8;

    public final List<Assignment> assignments = new CopyOnWriteArrayList<>();
    final List<AssignmentKey> cancelled = new CopyOnWriteArrayList<>();

    private static final ObjectMapper JSON = new ObjectMapper();
    private final Function<Assignment, Optional<Worker.Report>> script;

    public FakeWorker() {
        this(assignment -> Optional.empty());
    }

    /** @param script an answer in place of the work */
    public FakeWorker(Function<Assignment, Optional<Worker.Report>> script) {
        this.script = script;
    }

    public static Worker.Failed failure(Assignment assignment, boolean permanent) {
        return new Worker.Failed(assignment.key(), "the device is on fire", permanent);
    }

    public Behavior<Worker.Command> behavior() {
        return behavior("fake");
    }

    Behavior<Worker.Command> behavior(String name) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(Worker.SERVICE, context.getSelf()));
            return Behaviors.receive(Worker.Command.class)
                    .onMessage(Worker.Engage.class, engage -> {
                        engage.replyTo().tell(present(name, context.getSelf()));
                        return Behaviors.same();
                    })
                    .onMessage(Worker.Assign.class, assign -> {
                        work(assign.assignment(), assign.replyTo());
                        return Behaviors.same();
                    })
                    .onMessage(Worker.Cancel.class, cancel -> {
                        cancelled.add(cancel.key());
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    public static Worker.Present present(String name, ActorRef<Worker.Command> worker) {
        return new Worker.Present(name, worker, new Capabilities("test", "cpu", 1, 1), Optional.empty(), false);
    }

    private void work(Assignment assignment, ActorRef<Worker.Report> replyTo) {
        assignments.add(assignment);
        Optional<Worker.Report> answer = script.apply(assignment);
        if (answer.isPresent()) {
            replyTo.tell(answer.get());
            return;
        }
        try {
            replyTo.tell(new Worker.Done(result(assignment, replyTo), MODEL));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a worker that does the work would return. */
    public static WorkResult result(Assignment assignment, ActorRef<Worker.Report> replyTo) throws IOException {
        Path directory = Path.of(assignment.directory());
        AssignmentKey key = assignment.key();
        Work work = assignment.work();
        if (work.kind() == Work.Kind.TRAIN) {
            JsonNode order = JSON.readTree(work.order());
            int teacher = order.path("teacher").asInt();
            int number = work.slice().firstStep();
            double sparsity = 0;
            for (int i = 0; i < work.steps(); i++) {
                sparsity = order.path("targets").path(i).asDouble();
                StepMetrics step =
                        metrics(key, number++, sparsity, teacher == 0 ? "intact" : Integer.toString(teacher));
                float kept = (float) (1 - sparsity);
                replyTo.tell(new Worker.Stepped(
                        key,
                        order.has("targets") ? step.withKept(new KeptShares(List.of(1f), List.of(kept), 1)) : step));
            }
            BlobRef student = VirtualStudents.write(
                    BlobFolder.in(directory), TRAINABLES, 1000L * key.stage().number() + number);
            return new WorkResult(key, Optional.of(student), sparsity, List.of(), "{}");
        } else if (ResultCheck.leavesBlob(work)) {
            BlobRef accumulators = VirtualStudents.write(BlobFolder.in(directory), TRAINABLES, -1);
            String path = BlobFolder.pathInRun(accumulators);
            return result(key, List.of(new Artefact(path, accumulators.sha256(), accumulators.bytes())), "{}");
        }
        Optional<String> model = work.writes();
        if (model.isPresent()) {
            String measured = key.stage().equals(Stage.EXPORT)
                    ? "{}"
                    : "{\"parameters\":{\"before\":100,\"after\":80,\"prunable-before\":90,\"prunable-after\":72,"
                            + "\"sparsity\":0.2,\"kept\":{\"ffn\":0.8}}}";
            return result(key, VirtualModels.write(directory, model.get()), measured);
        }
        replyTo.tell(new Worker.Progressed(key, 1, 2, "windows"));
        String measured = work.reads().model().orElse("intact");
        return result(key, List.of(), "{\"model\":\"" + measured + "\"}");
    }

    private static WorkResult result(AssignmentKey key, List<Artefact> artefacts, String measurements) {
        return new WorkResult(key, Optional.empty(), Double.NaN, artefacts, measurements);
    }

    private static StepMetrics metrics(AssignmentKey key, int step, double target, String teacher) {
        return StepMetrics.of(key.stage(), step, 512, 0.1)
                .taughtBy(teacher)
                .with(StepFields.LOSS, 2)
                .with(StepFields.LOSS_KL, 1)
                .with(StepFields.SPARSITY_EXPECTED, target)
                .with(StepFields.SPARSITY_TARGET, target)
                .with(StepFields.LEARNING_RATE, 1e-3)
                .with(StepFields.GRADIENT_NORM, 1);
    }
}
