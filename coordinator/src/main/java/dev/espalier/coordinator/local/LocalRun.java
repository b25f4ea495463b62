package dev.espalier.coordinator.local;

import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.coordinator.journal.FolderLock;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunListeners;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.run.NamedInLog;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.pattern.StatusReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes a run in this process. Executing it again, with the same configuration and folder, goes on where it
 * stopped, however it stopped.
 */
public final class LocalRun {
    /** What is started with a run and watches it. */
    public interface Companion {
        /** Nobody. */
        Companion NONE = system -> RunListener.NONE;

        /** Called before the run starts; must not throw. What it starts ends with the system. */
        RunListener join(ActorSystem<Void> system);
    }

    private static final Logger LOG = LoggerFactory.getLogger(LocalRun.class);
    private static final String LEASE = "espalier.coordinator.worker-lease";

    /**
     * However long a run reads its artefacts before it answers, giving up would only begin that anew; if it stops,
     * {@link RunWatch} tells. Half of what the scheduler can count.
     */
    private static final Duration ANSWERS = Duration.ofDays(120);

    private LocalRun() {}

    /**
     * Submits or resumes the run and waits until it ends.
     *
     * @param order the run; its folder is created if it is not there
     * @param kinds the stages that it may have
     * @param again the stage to do again, with those after it
     * @param worker does the assignments
     * @param workerDispatcher configuration path of the dispatcher that the worker runs on
     * @param listener hears of progress
     * @param companion started with the run
     * @return how the run ended
     * @throws UserError if the folder holds another run, is in use by another process, or cannot be created; or if the
     *     configuration has changed so that training would be lost which {@code again} does not name
     * @throws IOException if journal or folder cannot be written; the run can be executed again
     */
    public static RunOutcome execute(
            ResolvedRun order,
            StageKinds kinds,
            Optional<Stage> again,
            Behavior<Worker.Command> worker,
            String workerDispatcher,
            RunListener listener,
            Companion companion)
            throws IOException, InterruptedException {
        Path directory = order.directory();
        create(directory);
        FolderLock lock = FolderLock.take(
                directory,
                "the run in " + directory + " is being executed by another process: wait for it, or use another --out");
        try (LocalCluster cluster = open(order)) {
            ActorSystem<Void> system = cluster.system();
            Ending ending = new Ending();
            RunListener all = new RunListeners(List.of(listener, companion.join(system), ending));
            ActorRef<Workforce.Command> workforce = system.systemActorOf(
                    Workforce.create(
                            new Workforce.Settings(system.settings().config().getDuration(LEASE), true),
                            new WorkforceMeters(Meters.none())),
                    "workforce",
                    Props.empty());
            system.systemActorOf(worker, "worker", DispatcherSelector.fromConfig(workerDispatcher));
            EntityRef<RunCommand> run = start(system, workforce, order, kinds, all);
            submit(run, order, again, all);
            return ending.await();
        } finally {
            lock.close();
        }
    }

    private static LocalCluster open(ResolvedRun order) throws IOException {
        adopt(order);
        return LocalCluster.start(order.directory());
    }

    private static EntityRef<RunCommand> start(
            ActorSystem<Void> system,
            ActorRef<Workforce.Command> workforce,
            ResolvedRun order,
            StageKinds kinds,
            RunListener listener) {
        Run.Setup setup = new Run.Setup(
                workforce,
                listener,
                text -> read(text, order),
                kinds,
                stored -> order.directory(),
                Optional.empty(),
                Patience.of(system.settings().config()),
                Optional.empty(),
                Clock.systemUTC());
        ActorRef<RunWatch.Watch> watch = system.systemActorOf(RunWatch.create(listener), "run-watch", Props.empty());
        ClusterSharding sharding = ClusterSharding.get(system);
        sharding.init(Entity.of(
                        Run.TYPE,
                        entity -> Behaviors.<RunCommand>setup(context -> {
                            watch.tell(new RunWatch.Watch(context.getSelf()));
                            return NamedInLog.create(entity.getEntityId(), Run.create(entity.getEntityId(), setup));
                        }))
                .withEntityProps(DispatcherSelector.blocking()));
        return sharding.entityRefFor(Run.TYPE, order.config().name());
    }

    /** A text that this version cannot read any more means what it is about to be replaced by. */
    private static RunConfig read(String text, ResolvedRun order) {
        try {
            return text.equals(order.text()) ? order.config() : RunConfigReader.parse(text);
        } catch (UserError e) {
            LOG.warn("the configuration that the run began with cannot be read any more", e);
            return order.config();
        }
    }

    private static void submit(
            EntityRef<RunCommand> run, ResolvedRun order, Optional<Stage> again, RunListener listener) {
        run.<RunStatus>askWithStatus(
                        (ActorRef<StatusReply<RunStatus>> replyTo) -> new RunCommand.Submit(
                                order.config().name(), order.directory().toString(), order.text(), again, replyTo),
                        ANSWERS)
                .whenComplete((status, refusal) -> {
                    if (refusal instanceof StatusReply.ErrorMessage) {
                        listener.broken(new UserError(refusal.getMessage()));
                    } else if (refusal != null) {
                        listener.broken(refusal);
                    } else if (status.state().equals(RunPhase.COMPLETED.name())) {
                        // It had completed before: nothing will happen any more.
                        listener.ended(RunOutcome.COMPLETED);
                    }
                });
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (FileAlreadyExistsException e) {
            throw new UserError(directory + " is a file, not a folder: use another --out", e);
        } catch (IOException e) {
            throw new UserError(
                    "the run folder " + directory + " cannot be created (" + e.getMessage() + "): use another --out",
                    e);
        }
    }

    /** Makes the folder this run's, or finds that it is; a changed configuration is the run's to take or to refuse. */
    private static void adopt(ResolvedRun order) throws IOException {
        Path file = order.directory().resolve(RunLayout.CONFIG);
        if (!Files.exists(file)) {
            AtomicFiles.write(file, order.text().getBytes(StandardCharsets.UTF_8));
        } else if (ConfigChange.of(Files.readString(file), order.text()).renames()) {
            throw new UserError(order.directory() + " holds a run of another name: use another --out");
        }
    }

    /** Waits for the end. */
    private static final class Ending implements RunListener {
        private final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();

        RunOutcome await() throws IOException, InterruptedException {
            try {
                return outcome.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UserError wrongInput) {
                    throw wrongInput;
                }
                throw new IOException(e.getCause().getMessage(), e.getCause());
            }
        }

        @Override
        public void ended(RunOutcome how) {
            outcome.complete(how);
        }

        @Override
        public void broken(Throwable cause) {
            outcome.completeExceptionally(cause);
        }
    }
}
