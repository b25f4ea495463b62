package dev.espalier.coordinator.feed;

import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/**
 * A run's feed: an entity with the run's name, so that the run and those who watch it find each other from any node.
 * Watchers ask for more when they can take more; whoever is slow asks later and is told if something was dropped
 * meanwhile, and nobody else notices. The feed lives in memory only: the journal and the metrics are the record.
 */
public final class RunFeed {
    public static final EntityTypeKey<FeedCommand> TYPE = EntityTypeKey.create(FeedCommand.class, "RunFeed");

    /** Minutes of news at ten a second, in about 300 KiB. */
    private static final int BACKLOG = 1024;

    /** A watcher without news asks again so often. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(FeedCommand command) implements Message {}

    private record Waited(ActorRef<NewsBatch> watcher) implements Message {}

    private final TimerScheduler<Message> timers;
    private final Backlog backlog;
    private final Map<ActorRef<NewsBatch>, NewsId> waiting = new LinkedHashMap<>();

    private RunFeed(TimerScheduler<Message> timers, Backlog backlog) {
        this.timers = timers;
        this.backlog = backlog;
    }

    /** Makes feeds available on this node; every coordinator does so. */
    public static void init(ClusterSharding sharding) {
        sharding.init(Entity.of(TYPE, entity -> create(BACKLOG)));
    }

    /** @param most news that are kept */
    static Behavior<FeedCommand> create(int most) {
        Behavior<Message> feed = Behaviors.withTimers(timers -> new RunFeed(timers, new Backlog(most)).open());
        return Behaviors.transformMessages(
                FeedCommand.class, feed, commands -> commands.match(FeedCommand.class, Asked::new));
    }

    private Behavior<Message> open() {
        return Behaviors.receive(Message.class)
                .onMessage(Asked.class, this::asked)
                .onMessage(Waited.class, this::waited)
                .build();
    }

    private Behavior<Message> asked(Asked message) {
        if (message.command() instanceof FeedCommand.Publish publish) {
            backlog.add(publish.news());
            waiting.forEach((watcher, after) -> {
                timers.cancel(watcher);
                watcher.tell(backlog.after(after));
            });
            waiting.clear();
        } else if (message.command() instanceof FeedCommand.Fetch fetch) {
            fetch(fetch);
        } else if (message.command() instanceof FeedCommand.GetLast get) {
            get.replyTo().tell(new NewsBatch(List.of(), false, false, backlog.last()));
        } else if (message.command() instanceof FeedCommand.Forget forget) {
            forget(forget);
        }
        return Behaviors.same();
    }

    private void forget(FeedCommand.Forget forget) {
        backlog.forget();
        waiting.forEach((watcher, after) -> {
            timers.cancel(watcher);
            watcher.tell(new NewsBatch(List.of(), false, true, after));
        });
        waiting.clear();
        forget.replyTo().tell(new NewsBatch(List.of(), false, false, backlog.last()));
    }

    private void fetch(FeedCommand.Fetch fetch) {
        NewsBatch batch = backlog.after(fetch.after());
        if (batch.missed() || batch.removed() || !batch.news().isEmpty()) {
            fetch.replyTo().tell(batch);
            return;
        }
        waiting.put(fetch.replyTo(), fetch.after());
        timers.startSingleTimer(fetch.replyTo(), new Waited(fetch.replyTo()), PATIENCE);
    }

    private Behavior<Message> waited(Waited message) {
        NewsId after = waiting.remove(message.watcher());
        if (after != null) {
            message.watcher().tell(new NewsBatch(List.of(), false, false, after));
        }
        return Behaviors.same();
    }
}
