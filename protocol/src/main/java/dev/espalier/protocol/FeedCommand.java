package dev.espalier.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/** What one can ask of a run's feed, which keeps the run's latest news for those who watch. */
public sealed interface FeedCommand extends WireMessage {

    /** The run tells something. */
    record Publish(RunNews news) implements FeedCommand {}

    /**
     * Asks for what came after {@code after}. Answered at once if there is something, else as soon as there is, and
     * with nothing after a while.
     */
    record Fetch(NewsId after, ActorRef<NewsBatch> replyTo) implements FeedCommand {}

    /** Asks where the feed stands; answered at once, without news. */
    record GetLast(ActorRef<NewsBatch> replyTo) implements FeedCommand {}

    /** The run was removed: what it told concerns no run that gets its name. Answered when that is so, without news. */
    record Forget(ActorRef<NewsBatch> replyTo) implements FeedCommand {}
}
