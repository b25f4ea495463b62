package dev.espalier.coordinator.simulation;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalCluster;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.pattern.StatusReply;

/** One run of training slices on many virtual workers: real journal, real merges of real files, pretended training. */
public final class Simulation {
    private static final Duration FOREVER = Duration.ofHours(1);
    private static final Duration SILENCE = Duration.ofSeconds(2);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration HEARTBEAT = Duration.ofMillis(500);
    private static final Duration CUT = LEASE.multipliedBy(3);
    private static final int INNER_STEPS = 10;

    /**
     * @param merges results merged
     * @param seconds from the first merge to the last
     * @param recoverySeconds from the trouble until the last of the workers' assignments was handed out again, the lease
     *     and the wait before a second attempt included
     * @param repeated assignments that were handed out more than once
     * @param fenced results that came when somebody else had been given their assignment
     * @param vain attempts that came to nothing
     * @param returnSeconds from the return of the network until the last worker that it had cut off has begun another
     *     assignment; 0 if none was cut off
     */
    public record Outcome(
            long merges,
            double seconds,
            double recoverySeconds,
            int repeated,
            int fenced,
            int vain,
            double returnSeconds) {
        public double mergesPerSecond() {
            return merges / seconds;
        }
    }

    private final Scenario scenario;
    private final Subject subject;
    private final Path directory;
    private final BlobFolder blobs;
    private final AtomicInteger trained = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicInteger fenced = new AtomicInteger();
    private final AtomicInteger vain = new AtomicInteger();
    private final Set<Integer> returned = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean stalled = new AtomicBoolean();
    private final AtomicLong lastReturn = new AtomicLong();
    private final AtomicLong firstMerge = new AtomicLong();
    private final AtomicLong trouble = new AtomicLong();
    private final AtomicLong recovered = new AtomicLong();
    private final AtomicLong lastMerge = new AtomicLong();
    private final CompletableFuture<RunOutcome> ended = new CompletableFuture<>();
    private final List<ActorRef<Worker.Command>> workers = new ArrayList<>();
    private BlobRef first;
    private BlobRef student;
    private BlobRef poison;

    private Simulation(Path directory, Scenario scenario, Subject subject) {
        this.directory = directory;
        this.scenario = scenario;
        this.subject = subject;
        blobs = new BlobFolder(directory.resolve("blobs"));
    }

    /**
     * Runs the scenario to its end.
     *
     * @param directory empty; keeps what the run leaves
     */
    public static Outcome run(Path directory, Scenario scenario) throws IOException, InterruptedException {
        return run(directory, scenario, Subject.TRAINING);
    }

    /** As {@link #run(Path, Scenario)}, of a run that does something else. */
    public static Outcome run(Path directory, Scenario scenario, Subject subject)
            throws IOException, InterruptedException {
        return new Simulation(directory, scenario, subject).run();
    }

    private Outcome run() throws IOException, InterruptedException {
        first = VirtualStudents.write(blobs, scenario.trainables(), 1);
        student = VirtualStudents.write(blobs, scenario.trainables(), 2);
        poison = VirtualStudents.writePoison(blobs, scenario.trainables(), 3);
        ResolvedRun resolved = configure();
        try (LocalCluster cluster = LocalCluster.start(directory)) {
            ActorSystem<Void> system = cluster.system();
            ActorRef<Workforce.Command> workforce = system.systemActorOf(
                    Workforce.create(
                            new Workforce.Settings(cutsOff() ? LEASE : FOREVER, false),
                            new WorkforceMeters(Meters.none())),
                    "workforce",
                    Props.empty());
            for (int i = 0; i < scenario.workers(); i++) {
                workers.add(system.systemActorOf(VirtualWorker.create(settings(i)), "worker-" + i, Props.empty()));
            }
            ActorRef<RunCommand> run = system.systemActorOf(
                    Run.create(
                            "simulation",
                            new Run.Setup(
                                    workforce,
                                    new Progress(),
                                    text -> resolved.config(),
                                    StageKinds.pruningBy(config -> subject.method()),
                                    Path::of,
                                    Optional.empty(),
                                    new Patience(Duration.ofSeconds(1), FOREVER, FOREVER, SILENCE),
                                    Optional.empty(),
                                    Clock.systemUTC())),
                    "run",
                    DispatcherSelector.blocking());
            status(
                    run,
                    system,
                    replyTo -> new RunCommand.Submit(
                            "simulation", directory.toString(), resolved.text(), Optional.empty(), replyTo));
            RunOutcome outcome = ended.get();
            if (outcome.failedStage().isPresent()) {
                throw new IOException("the simulated run failed: " + outcome.cause());
            }
            RunStatus status = status(run, system, RunCommand.GetStatus::new);
            long merges = new ObjectMapper()
                    .readTree(status.manifest())
                    .at("/student/version")
                    .asLong();
            return outcome(merges - 1);
        } catch (ExecutionException e) {
            throw new IOException("the simulated run broke off", e.getCause());
        }
    }

    private Outcome outcome(long merges) throws IOException {
        if (cutsOff() && returned.size() < scenario.troubled()) {
            throw new IOException(
                    "the run was over before all workers that were cut off had come back: take more slices");
        }
        return new Outcome(
                merges,
                (lastMerge.get() - firstMerge.get()) / 1e9,
                Math.max(0, recovered.get() - trouble.get()) / 1e9,
                repeated.get(),
                fenced.get(),
                vain.get(),
                cutsOff() ? (lastReturn.get() - trouble.get() - CUT.toNanos()) / 1e9 : 0);
    }

    private boolean cutsOff() {
        return scenario.trouble() == Scenario.Trouble.CUT_OFF;
    }

    private boolean isTroubled(int worker) {
        return trouble.get() != 0 && worker < scenario.troubled();
    }

    private boolean isReachable(int worker) {
        return !cutsOff() || !isTroubled(worker) || System.nanoTime() - trouble.get() > CUT.toNanos();
    }

    private VirtualWorker.Settings settings(int index) {
        Duration step = scenario.slice().dividedBy(INNER_STEPS);
        return new VirtualWorker.Settings(
                "worker-" + index,
                scenario.isSlow(index) ? step.multipliedBy(Scenario.SLOWER) : step,
                Duration.ofMillis(1),
                HEARTBEAT,
                () -> isReachable(index),
                new Pretence(index));
    }

    private ResolvedRun configure() throws IOException {
        Path file = Files.writeString(
                directory.resolve("simulation.conf"),
                """
                model { path = nowhere, device = cpu }
                data.train = [ { path = nothing.txt } ]
                stages = [prune]
                prune { steps = %d, %s }
                # A small rate: each version is another one, as in real runs, and none is a result as it is.
                cluster { inner-steps = %d, max-staleness = %d, outer.learning-rate = 0.001 }
                """
                        .formatted(
                                scenario.slices() * INNER_STEPS,
                                subject.prune(),
                                INNER_STEPS,
                                16 * scenario.workers()));
        return RunConfigReader.read(file, List.of(), Optional.of(directory));
    }

    private static RunStatus status(
            ActorRef<RunCommand> run,
            ActorSystem<Void> system,
            Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command)
            throws ExecutionException, InterruptedException {
        return AskPattern.askWithStatus(run, command, FOREVER, system.scheduler())
                .toCompletableFuture()
                .get();
    }

    /**
     * All results are the same file: writing them is the workers' business, and not what is measured. Only the first is
     * another one, for it becomes a version, and is deleted when that is old.
     */
    private final class Pretence implements VirtualWorker.Training {
        private final int worker;

        Pretence(int worker) {
            this.worker = worker;
        }

        @Override
        public BlobRef train(Assignment assignment, Work slice) {
            if (trained.incrementAndGet() == scenario.slices() / 2) {
                trouble.set(System.nanoTime());
                if (scenario.trouble() == Scenario.Trouble.LOST) {
                    workers.subList(0, scenario.troubled()).forEach(lost -> lost.tell(new Worker.Leave()));
                }
            }
            if (scenario.trouble() == Scenario.Trouble.POISONING && isTroubled(worker)) {
                return poison;
            }
            return firstMerge.compareAndSet(0, System.nanoTime()) ? first : student;
        }

        @Override
        public Optional<WorkResult> other(Assignment assignment) throws IOException {
            if (assignment.work().kind() == Work.Kind.SAMPLE) {
                firstMerge.compareAndSet(0, System.nanoTime());
            }
            return subject.result(assignment, blobs);
        }

        @Override
        public VirtualWorker.Conduct conduct(Assignment assignment) {
            if (isTroubled(worker) && scenario.trouble() == Scenario.Trouble.HUNG) {
                return VirtualWorker.Conduct.HUNG;
            } else if (isTroubled(worker) && scenario.trouble() == Scenario.Trouble.RETURNING) {
                return VirtualWorker.Conduct.RETURNING;
            } else if (scenario.trouble() == Scenario.Trouble.STALLING
                    && assignment.work().kind() != Work.Kind.TRAIN
                    && stalled.compareAndSet(false, true)) {
                return VirtualWorker.Conduct.STALLING;
            }
            return VirtualWorker.Conduct.WORKING;
        }

        @Override
        public void begun(AssignmentKey key) {
            if (key.attempt() > 1) {
                repeated.incrementAndGet();
                recovered.set(System.nanoTime());
            }
            if (cutsOff() && isTroubled(worker) && isReachable(worker) && returned.add(worker)) {
                lastReturn.set(System.nanoTime());
            }
        }
    }

    private final class Progress implements RunListener {
        @Override
        public void stageChanged(Stage stage, StageState state, String cause) {
            if (stage.equals(Stage.PRUNE) && state == StageState.COMPLETED) {
                lastMerge.set(System.nanoTime());
            }
        }

        @Override
        public void changed(RunState state, List<RunEvent> events) {
            vain.addAndGet((int) events.stream()
                    .filter(RunEvent.AttemptFailed.class::isInstance)
                    .count());
        }

        @Override
        public void stale(Worker.Report report) {
            if (report instanceof Worker.Done) {
                fenced.incrementAndGet();
            }
        }

        @Override
        public void ended(RunOutcome outcome) {
            ended.complete(outcome);
        }

        @Override
        public void broken(Throwable cause) {
            ended.completeExceptionally(cause);
        }
    }
}
