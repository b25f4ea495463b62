package dev.espalier.coordinator.run;

import dev.espalier.monitoring.logs.LoggedRun;
import dev.espalier.protocol.RunCommand;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Names a run in all that is logged while its entity works: by itself, by its listeners, by Pekko about it. */
public final class NamedInLog extends BehaviorInterceptor<Object, Object> {
    private final String run;

    private NamedInLog(String run) {
        // What an entity tells itself and what its journal answers are no commands.
        super(Object.class);
        this.run = run;
    }

    /** The run's entity, with its name in the log. */
    public static Behavior<RunCommand> create(String run, Behavior<RunCommand> entity) {
        return Behaviors.intercept(() -> new NamedInLog(run), entity.<Object>unsafeCast())
                .narrow();
    }

    @Override
    public Behavior<Object> aroundStart(TypedActorContext<Object> context, PreStartTarget<Object> target) {
        return LoggedRun.during(run, () -> target.start(context));
    }

    @Override
    public Behavior<Object> aroundReceive(
            TypedActorContext<Object> context, Object message, ReceiveTarget<Object> target) {
        return LoggedRun.during(run, () -> target.apply(context, message));
    }

    @Override
    public Behavior<Object> aroundSignal(
            TypedActorContext<Object> context, Signal signal, SignalTarget<Object> target) {
        return LoggedRun.during(run, () -> target.apply(context, signal));
    }
}
