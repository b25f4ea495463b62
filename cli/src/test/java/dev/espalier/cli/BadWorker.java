package dev.espalier.cli;

import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.simulation.VirtualStudents;
import dev.espalier.coordinator.simulation.VirtualWorker;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.node.ClusterNode;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.Props;

/**
 * A worker that sees the run folders and returns, one after the other, a student with a number that is none, and one whose
 * file is not what its hash says; whatever it is given after that it hangs at, while its heart beats.
 */
final class BadWorker implements VirtualWorker.Training {
    static final String NAME = "bad-worker";

    private static final int TRAINABLES = 100;

    private final AtomicInteger given = new AtomicInteger();

    private BadWorker() {}

    /** As a process that is started again when it ends. */
    static SupervisedProcess start(String coordinator, Path data, Path log) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BadWorker.class.getName(),
                coordinator,
                data.toString());
        return SupervisedProcess.start(() -> new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .start());
    }

    /** @param args the coordinator's address, and a folder for what it keeps */
    public static void main(String[] args) {
        ClusterNode node = ClusterNode.start(
                NodeConfigReader.worker(
                                Optional.empty(), List.of("coordinators=\"" + args[0] + "\"", "data=" + args[1]))
                        .node(),
                ClusterNode.WORKER,
                true,
                ConfigFactory.empty());
        VirtualWorker.Settings settings = new VirtualWorker.Settings(
                NAME, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1), () -> true, new BadWorker());
        node.system().systemActorOf(VirtualWorker.create(settings), "worker", Props.empty());
    }

    @Override
    public void begun(AssignmentKey key) {
        System.out.println(key + " was given to it as number " + given.incrementAndGet());
    }

    @Override
    public VirtualWorker.Conduct conduct(Assignment assignment) {
        return given.get() < 2 ? VirtualWorker.Conduct.IDLING : VirtualWorker.Conduct.HUNG;
    }

    @Override
    public BlobRef train(Assignment assignment, Work slice) throws IOException {
        BlobFolder blobs = BlobFolder.in(Path.of(assignment.directory()));
        if (given.get() == 1) {
            return VirtualStudents.writePoison(blobs, TRAINABLES, System.nanoTime());
        }
        BlobRef student = VirtualStudents.write(blobs, TRAINABLES, System.nanoTime());
        byte[] content = Files.readAllBytes(blobs.path(student));
        content[content.length - 1] ^= 1;
        Files.write(blobs.path(student), content);
        return student;
    }
}
