package dev.espalier.coordinator.http;

import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.coordinator.register.RunGateway;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.state.CurrentStage;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.NearestNames;
import dev.espalier.protocol.config.ResolvedRun;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.pattern.Patterns;
import org.apache.pekko.pattern.StatusReply;

/** The one run that this process executes, and its one worker, which is the process itself. */
final class LocalRuns implements RunGateway, WorkerDirectory {
    private static final Duration STATUS = Duration.ofSeconds(10);
    private static final int TRIES = 50;
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);
    private static final String RUNNING = "RUNNING";

    private final ActorSystem<?> system;
    private final ClusterSharding sharding;
    private final Duration answers;
    private final RunEntry entry;
    private final String device;

    LocalRuns(ActorSystem<?> system, String name, Path directory, String device) {
        this.system = system;
        sharding = ClusterSharding.get(system);
        answers = system.settings().config().getDuration("espalier.coordinator.answer-timeout");
        entry = new RunEntry(name, directory.toString(), RUNNING, "", Instant.now(), Optional.empty());
        this.device = device;
    }

    @Override
    public CompletionStage<RunList> list(String after, int limit) {
        return status(entry.run())
                .thenApply(status -> new RunList(
                        after.isEmpty()
                                ? List.of(new RunEntry(
                                        entry.run(),
                                        entry.directory(),
                                        status.state(),
                                        CurrentStage.word(status),
                                        entry.submitted(),
                                        CurrentStage.waiting(status)))
                                : List.of(),
                        false));
    }

    @Override
    public CompletionStage<RunLookup> find(String name) {
        boolean isIt = name.equals(entry.run());
        return CompletableFuture.completedFuture(
                isIt
                        ? new RunLookup(Optional.of(entry), List.of())
                        : new RunLookup(Optional.empty(), NearestNames.of(name, List.of(entry.run()), 1)));
    }

    @Override
    public CompletionStage<RunStatus> submit(ResolvedRun other, Optional<Stage> again) {
        return CompletableFuture.failedFuture(new UserError("this process executes run " + entry.run() + " only"));
    }

    @Override
    public CompletionStage<RunRemoval> remove(RunEntry found) {
        return CompletableFuture.failedFuture(new UserError("this process executes run " + entry.run()
                + ": when it has ended, 'espalier rm " + entry.directory() + "' removes it"));
    }

    @Override
    public CompletionStage<RunStatus> command(
            RunEntry found, Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        return run().askWithStatus(command::apply, answers);
    }

    /** The page is there a moment before its run: until then the question is asked again. */
    @Override
    public CompletionStage<RunStatus> status(String name) {
        return Patterns.retry(
                () -> run().askWithStatus(RunCommand.GetStatus::new, STATUS), TRIES, BETWEEN_TRIES, system);
    }

    @Override
    public CompletionStage<List<WorkerView>> workers() {
        return status(entry.run()).thenApply(status -> {
            boolean works =
                    status.state().equals(RUNNING) && !CurrentStage.word(status).isEmpty();
            return List.of(new WorkerView(
                    "this process",
                    works ? Optional.of(entry.run()) : Optional.empty(),
                    works ? Optional.of(CurrentStage.word(status)) : Optional.empty(),
                    device,
                    Runtime.getRuntime().availableProcessors(),
                    memory(),
                    Optional.ofNullable(LocalRuns.class.getPackage().getImplementationVersion())
                            .orElse("development"),
                    Instant.now()));
        });
    }

    /** Not before it is asked for: sharding must know the type. */
    private EntityRef<RunCommand> run() {
        return sharding.entityRefFor(Run.TYPE, entry.run());
    }

    private static long memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }
}
