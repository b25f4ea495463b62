package dev.espalier.coordinator.register;

import dev.espalier.coordinator.state.CurrentStage;
import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.pattern.StatusReply;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * The register of runs, one in the cluster: knows every run's name, folder and state over restarts, and looks after
 * those that are not finished. It asks each of them how it is when it starts itself and every so often later; since a
 * message starts an entity, this is what makes runs go on after a coordinator's restart or fall-over.
 *
 * <p>Sharding's own remember-entities would start finished runs as well, which then read all they ever wrote, and it
 * tells nobody what it remembers: a list of runs would need a register all the same.
 */
public final class RunRegister extends EventSourcedBehavior<RunRegister.Message, RegisterEvent, RegisterState> {
    private static final Duration LEAST_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MOST_BACKOFF = Duration.ofSeconds(30);

    /** What the register receives. Never leaves the node. */
    sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(RegisterCommand command) implements Message {}

    private record Answered(String run, RunStatus status) implements Message {}

    /** @param neverSubmitted true if that is known for sure */
    private record Unanswered(String run, boolean neverSubmitted) implements Message {}

    private enum Round implements Message {
        INSTANCE
    }

    private final ActorContext<Message> context;
    private final Function<String, CompletionStage<RunStatus>> runs;
    private final InstantSource clock;

    /** What runs waited for when they last answered, by their names; not worth an event. */
    private final Map<String, String> waiting = new HashMap<>();

    /**
     * @param runs asks a run for its status; fails with {@link StatusReply.ErrorMessage} if it was never submitted
     * @param interval between two looks at the unfinished runs
     */
    static Behavior<RegisterCommand> create(
            Function<String, CompletionStage<RunStatus>> runs, Duration interval, InstantSource clock) {
        Behavior<Message> register = Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Round.INSTANCE, interval);
            return new RunRegister(context, runs, clock);
        }));
        return Behaviors.transformMessages(
                RegisterCommand.class, register, commands -> commands.match(RegisterCommand.class, Asked::new));
    }

    private RunRegister(
            ActorContext<Message> context, Function<String, CompletionStage<RunStatus>> runs, InstantSource clock) {
        super(
                PersistenceId.ofUniqueId("RunRegister"),
                SupervisorStrategy.restartWithBackoff(LEAST_BACKOFF, MOST_BACKOFF, 0.2));
        this.context = context;
        this.runs = runs;
        this.clock = clock;
    }

    @Override
    public RegisterState emptyState() {
        return RegisterState.EMPTY;
    }

    @Override
    public EventHandler<RegisterState, RegisterEvent> eventHandler() {
        return RegisterState::apply;
    }

    @Override
    public SignalHandler<RegisterState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::recovered)
                .build();
    }

    @Override
    public CommandHandler<Message, RegisterEvent, RegisterState> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(Asked.class, this::asked)
                .onCommand(Answered.class, this::answered)
                .onCommand(Unanswered.class, this::unanswered)
                .onCommand(Round.class, this::round)
                .build();
    }

    /** Whoever was about to set a run going is gone: only the run knows whether that happened. */
    private void recovered(RegisterState state) {
        state.unfinished().forEach(run -> look(run, true));
        state.expected().forEach(run -> look(run, true));
    }

    private Effect<RegisterEvent, RegisterState> asked(RegisterState state, Asked message) {
        if (message.command() instanceof RegisterCommand.Expect expect) {
            return expect(state, expect);
        } else if (message.command() instanceof RegisterCommand.Look look) {
            return Effect().none().thenRun(() -> look(look.run(), false));
        } else if (message.command() instanceof RegisterCommand.Forget forget) {
            return forget(state, forget);
        } else if (message.command() instanceof RegisterCommand.Find find) {
            return Effect().none().thenRun(() -> find.replyTo().tell(found(state.find(find.run()))));
        } else if (message.command() instanceof RegisterCommand.ListRuns list) {
            return Effect().none().thenRun(() -> list.replyTo().tell(listed(state.page(list.after(), list.limit()))));
        }
        throw new IllegalStateException("no rule for " + message.command().getClass());
    }

    private RunLookup found(RunLookup lookup) {
        return new RunLookup(lookup.run().map(this::asHeard), lookup.similar());
    }

    private RunList listed(RunList list) {
        return new RunList(list.runs().stream().map(this::asHeard).toList(), list.more());
    }

    private RunEntry asHeard(RunEntry run) {
        return new RunEntry(
                run.run(),
                run.directory(),
                run.state(),
                run.stage(),
                run.submitted(),
                Optional.ofNullable(waiting.get(run.run())));
    }

    private Effect<RegisterEvent, RegisterState> expect(RegisterState state, RegisterCommand.Expect command) {
        Optional<RunEntry> known = state.find(command.run()).run();
        if (known.isPresent() && !known.get().directory().equals(command.directory())) {
            return Effect().none().thenRun(() -> command.replyTo()
                    .tell(StatusReply.error("run " + command.run() + " exists already, in "
                            + known.get().directory() + ": choose another run.name")));
        }
        return Effect()
                .persist(new RegisterEvent.Expected(command.run(), command.directory(), now()))
                .thenRun((RegisterState after) -> command.replyTo().tell(StatusReply.success(Done.getInstance())));
    }

    private Effect<RegisterEvent, RegisterState> forget(RegisterState state, RegisterCommand.Forget command) {
        waiting.remove(command.run());
        boolean known = state.find(command.run()).run().isPresent();
        return Effect()
                .persist(known ? List.of(new RegisterEvent.Forgotten(command.run(), now())) : List.<RegisterEvent>of())
                .thenRun((RegisterState after) -> command.replyTo().tell(StatusReply.success(Done.getInstance())));
    }

    private Effect<RegisterEvent, RegisterState> answered(RegisterState state, Answered message) {
        RunStatus status = message.status();
        CurrentStage.waiting(status)
                .ifPresentOrElse(words -> waiting.put(message.run(), words), () -> waiting.remove(message.run()));
        RegisterEvent.Seen seen =
                new RegisterEvent.Seen(message.run(), status.state(), CurrentStage.word(status), now());
        return state.changes(seen) ? Effect().persist(seen) : Effect().none();
    }

    private Effect<RegisterEvent, RegisterState> unanswered(RegisterState state, Unanswered message) {
        waiting.remove(message.run());
        boolean known = state.find(message.run()).run().isPresent();
        return known && message.neverSubmitted()
                ? Effect().persist(new RegisterEvent.Forgotten(message.run(), now()))
                : Effect().none();
    }

    /** Looks also at those that are expected: whoever was to tell what became of it may be gone with their coordinator. */
    private Effect<RegisterEvent, RegisterState> round(RegisterState state, Round round) {
        return Effect().none().thenRun(() -> state.unfinished().forEach(run -> look(run, false)));
    }

    /** @param forgets whether a run that was never submitted is to be forgotten: not while it is being submitted */
    private void look(String run, boolean forgets) {
        context.pipeToSelf(runs.apply(run), (status, failure) -> {
            if (failure == null) {
                return new Answered(run, status);
            }
            boolean never = failure instanceof StatusReply.ErrorMessage;
            if (!never) {
                context.getSystem().log().warn("run {} does not answer: {}", run, failure.getMessage());
            }
            return new Unanswered(run, forgets && never);
        });
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
