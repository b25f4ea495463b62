package dev.espalier.coordinator.register;

import com.typesafe.config.Config;
import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.coordinator.feed.FeedListener;
import dev.espalier.coordinator.feed.RunFeed;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.run.NamedInLog;
import dev.espalier.coordinator.run.Run;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.apache.pekko.pattern.StatusReply;

/** The runs of a cluster: entities of the cluster's sharding, and their register. */
public final class ClusterRuns implements RunGateway {
    private static final String ROLE = "coordinator";
    private static final Duration REGISTER_ANSWERS = Duration.ofSeconds(10);

    private final ActorSystem<?> system;
    private final ClusterSharding sharding;
    private final ActorRef<RegisterCommand> register;
    private final Executor disk;
    private final Duration runAnswers;

    /** Runs that are being removed here, and by how many. */
    private final Map<String, Integer> removed = new ConcurrentHashMap<>();

    private ClusterRuns(ActorSystem<?> system, ActorRef<RegisterCommand> register, Duration runAnswers) {
        this.system = system;
        this.sharding = ClusterSharding.get(system);
        this.register = register;
        this.runAnswers = runAnswers;
        disk = DiskWork.of(system);
    }

    /**
     * Makes this node one of those that execute runs, tell of them and keep their register, which then wakes those
     * that are not finished.
     *
     * @param run a run's entity, given its name and who listens besides
     */
    public static ClusterRuns start(ActorSystem<?> system, BiFunction<String, RunListener, Behavior<RunCommand>> run) {
        Config config = system.settings().config().getConfig("espalier.coordinator");
        ClusterSharding sharding = ClusterSharding.get(system);
        RunFeed.init(sharding);
        CompletableFuture<ActorRef<RegisterCommand>> register = new CompletableFuture<>();
        sharding.init(Entity.of(Run.TYPE, entity -> {
                    String name = entity.getEntityId();
                    RunListener look = new LookListener(() -> register.join().tell(new RegisterCommand.Look(name)));
                    return NamedInLog.create(
                            name, run.apply(name, RunListener.both(FeedListener.of(system, name), look)));
                })
                .withEntityProps(DispatcherSelector.fromConfig("espalier.run-dispatcher")));
        register.complete(ClusterSingleton.get(system)
                .init(SingletonActor.of(
                                RunRegister.create(
                                        name -> ask(sharding, name, RunCommand.GetStatus::new, REGISTER_ANSWERS),
                                        config.getDuration("look-interval"),
                                        InstantSource.system()),
                                "run-register")
                        .withSettings(ClusterSingletonSettings.create(system).withRole(ROLE))));
        return new ClusterRuns(system, register.join(), config.getDuration("answer-timeout"));
    }

    private void changed(String run) {
        register.tell(new RegisterCommand.Look(run));
    }

    @Override
    public CompletionStage<RunList> list(String after, int limit) {
        return AskPattern.ask(
                register,
                replyTo -> new RegisterCommand.ListRuns(after, limit, replyTo),
                REGISTER_ANSWERS,
                system.scheduler());
    }

    @Override
    public CompletionStage<RunLookup> find(String run) {
        return AskPattern.ask(
                register, replyTo -> new RegisterCommand.Find(run, replyTo), REGISTER_ANSWERS, system.scheduler());
    }

    @Override
    public CompletionStage<RunStatus> submit(ResolvedRun run, Optional<Stage> again) {
        String name = run.config().name();
        String directory = run.directory().toString();
        if (isBeingRemoved(name)) {
            return CompletableFuture.failedFuture(beingRemoved(name));
        }
        // Described before it is expected: what fails on the disk leaves no run that never was.
        return find(name)
                .thenCompose(found -> onDisk(() -> {
                    claim(run, found.run().isPresent());
                    describe(run);
                }))
                .thenCompose(described -> expect(name, directory))
                // Its removal may have begun since.
                .thenCompose(expected -> isBeingRemoved(name)
                        ? CompletableFuture.failedFuture(beingRemoved(name))
                        : ask(
                                sharding,
                                name,
                                replyTo -> new RunCommand.Submit(name, directory, run.text(), again, replyTo),
                                runAnswers))
                .whenComplete((status, failure) -> changed(name));
    }

    /**
     * However this is interrupted, it can be said again: the register knows the run until all of it is gone, and a run
     * that has gone already does not mind.
     */
    @Override
    public CompletionStage<RunRemoval> remove(RunEntry run) {
        removed.merge(run.run(), 1, Integer::sum);
        return removal(run)
                .whenComplete((removal, failure) ->
                        removed.computeIfPresent(run.run(), (name, count) -> count == 1 ? null : count - 1));
    }

    private static UserError beingRemoved(String run) {
        return new UserError(
                "run " + run + " is being removed: wait until 'espalier ls' knows it no more, and submit again");
    }

    /** Whether the run's folder is about to go: nothing new may come into it. */
    public boolean isBeingRemoved(String run) {
        return removed.containsKey(run);
    }

    private CompletionStage<RunRemoval> removal(RunEntry run) {
        return CompletableFuture.runAsync(() -> requireNoLink(Path.of(run.directory())), disk)
                .thenCompose(own -> ask(sharding, run.run(), RunCommand.Remove::new, runAnswers))
                .thenApplyAsync(removed -> delete(Path.of(run.directory())), disk)
                .thenCompose(removal -> sharding.entityRefFor(RunFeed.TYPE, run.run())
                        .<NewsBatch>ask(FeedCommand.Forget::new, REGISTER_ANSWERS)
                        .thenApply(silent -> removal))
                .thenCompose(removal -> AskPattern.<RegisterCommand, Done>askWithStatus(
                                register,
                                replyTo -> new RegisterCommand.Forget(run.run(), replyTo),
                                REGISTER_ANSWERS,
                                system.scheduler())
                        .thenApply(forgotten -> removal));
    }

    private static void requireNoLink(Path directory) {
        try {
            RunRemoval.requireNoLink(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RunRemoval delete(Path directory) {
        try {
            return RunRemoval.of(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public CompletionStage<RunStatus> command(
            RunEntry run, Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        return expect(run.run(), run.directory())
                .thenCompose(expected -> ask(sharding, run.run(), command, runAnswers))
                .whenComplete((status, failure) -> changed(run.run()));
    }

    @Override
    public CompletionStage<RunStatus> status(String run) {
        return ask(sharding, run, RunCommand.GetStatus::new, REGISTER_ANSWERS);
    }

    private CompletionStage<Done> expect(String run, String directory) {
        return AskPattern.askWithStatus(
                register,
                replyTo -> new RegisterCommand.Expect(run, directory, replyTo),
                REGISTER_ANSWERS,
                system.scheduler());
    }

    private static CompletionStage<RunStatus> ask(
            ClusterSharding sharding,
            String run,
            Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command,
            Duration timeout) {
        return sharding.entityRefFor(Run.TYPE, run).askWithStatus(command::apply, timeout);
    }

    private interface Io {
        void run() throws IOException;
    }

    private CompletionStage<Void> onDisk(Io io) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        io.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                disk);
    }

    /** Makes sure that the folder is this run's, or nobody's. */
    private static void claim(ResolvedRun run, boolean known) throws IOException {
        Path directory = run.directory();
        Files.createDirectories(directory);
        if (!known && !free(run)) {
            throw new UserError(directory + " is not empty and holds no run of this coordinator: choose another"
                    + " run.name, or clear it away");
        }
    }

    /** Workers know the folder by its configuration; that of a run which goes on is the run's to change. */
    private static void describe(ResolvedRun run) throws IOException {
        Path stored = run.directory().resolve(RunLayout.CONFIG);
        if (!Files.exists(stored)) {
            AtomicFiles.write(stored, run.text().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Whether nothing is there but what an earlier submit of the run leaves that was interrupted before the run began. */
    private static boolean free(ResolvedRun run) throws IOException {
        for (Path file : list(run.directory())) {
            String name = file.getFileName().toString();
            boolean ours = name.equals(RunLayout.CONFIG)
                    ? describes(file, run)
                    : name.equals(BlobFolder.NAME)
                            ? Files.isDirectory(file) && list(file).isEmpty()
                            : name.startsWith("." + RunLayout.CONFIG + ".") && name.endsWith(".tmp");
            if (!ours) {
                return false;
            }
        }
        return true;
    }

    private static boolean describes(Path file, ResolvedRun run) throws IOException {
        try {
            return !ConfigChange.of(Files.readString(file), run.text()).renames();
        } catch (UserError e) {
            return false;
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
