package dev.espalier.coordinator;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
final class FakeWorker {
    /** Identity of the model that it has. */
    static final String MODEL = "ab".repeat(32);

    final List<Assignment> assignments = new CopyOnWriteArrayList<>();
    final List<AssignmentKey> cancelled = new CopyOnWriteArrayList<>();

    private final Function<Assignment, Optional<Worker.Report>> script;

    FakeWorker() {
        this(assignment -> Optional.empty());
    }

    /** @param script an answer in place of the work */
    FakeWorker(Function<Assignment, Optional<Worker.Report>> script) {
        this.script = script;
    }

    static Worker.Failed failure(Assignment assignment, boolean permanent) {
        return new Worker.Failed(assignment.key(), "the device is on fire", permanent);
    }

    Behavior<Worker.Command> behavior() {
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

    static Worker.Present present(String name, ActorRef<Worker.Command> worker) {
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
    static WorkResult result(Assignment assignment, ActorRef<Worker.Report> replyTo) throws IOException {
        Path directory = Path.of(assignment.directory());
        AssignmentKey key = assignment.key();
        Work work = assignment.work();
        if (work instanceof Work.Train train) {
            int step = train.firstStep();
            for (double target : train.targets()) {
                replyTo.tell(new Worker.Stepped(
                        key, metrics(key, step++, target, train.teacher().word())));
            }
            BlobRef student = blob(directory, "student " + key.stage() + " after " + step + " steps");
            double sparsity = train.targets().get(train.targets().size() - 1);
            return new WorkResult(key, Optional.of(student), sparsity, List.of(), "{}");
        } else if (work instanceof Work.Calibrate) {
            BlobRef accumulators = blob(directory, "accumulators");
            String path = "blobs/" + accumulators.sha256().substring(0, 2) + "/" + accumulators.sha256();
            return result(key, new Artefact(path, accumulators.sha256(), accumulators.bytes()), "{}");
        } else if (work instanceof Work.OneShot || work instanceof Work.Compact || work instanceof Work.Merge) {
            return result(
                    key,
                    file(directory, "stages/prune/model/config.json"),
                    "{\"parameters\":{\"before\":100,\"after\":80,\"prunable-before\":90,\"prunable-after\":72,"
                            + "\"sparsity\":0.2,\"kept\":{\"ffn\":0.8}}}");
        } else if (work instanceof Work.Export) {
            return result(key, file(directory, "export/hf/config.json"), "{}");
        }
        replyTo.tell(new Worker.Progressed(key, 1, 2, "windows"));
        String model = ((Work.Evaluate) work).model().orElse("intact");
        return new WorkResult(key, Optional.empty(), Double.NaN, List.of(), "{\"model\":\"" + model + "\"}");
    }

    private static WorkResult result(AssignmentKey key, Artefact artefact, String measurements) {
        return new WorkResult(key, Optional.empty(), Double.NaN, List.of(artefact), measurements);
    }

    private static BlobRef blob(Path directory, String content) throws IOException {
        return new BlobFolder(directory.resolve("blobs")).put(temporary -> Files.writeString(temporary, content));
    }

    private static Artefact file(Path directory, String path) throws IOException {
        Path file = directory.resolve(path);
        AtomicFiles.write(file, path.getBytes(StandardCharsets.UTF_8));
        return new Artefact(path, Sha256.of(file), Files.size(file));
    }

    private static StepMetrics metrics(AssignmentKey key, int step, double target, String teacher) {
        return new StepMetrics(
                key.stage(), step, 512, 0.1, 2, 1, Double.NaN, Double.NaN, target, target, teacher, 1e-3, 1);
    }
}
