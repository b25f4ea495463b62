package dev.espalier.protocol;

import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.pattern.StatusReply;

/** What one can ask of the register of runs. */
public sealed interface RegisterCommand extends WireMessage {

    /**
     * Remember the run, before it is set going: whatever happens then, it will be looked after. Refused if another
     * folder is remembered under this name.
     */
    record Expect(String run, String directory, ActorRef<StatusReply<Done>> replyTo) implements RegisterCommand {}

    /** The run may have changed its state: ask it. */
    record Look(String run) implements RegisterCommand {}

    /** The run is no more. */
    record Forget(String run, ActorRef<StatusReply<Done>> replyTo) implements RegisterCommand {}

    record Find(String run, ActorRef<RunLookup> replyTo) implements RegisterCommand {}

    /** @param after the run that the page before ended with; empty: from the newest on */
    record ListRuns(String after, int limit, ActorRef<RunList> replyTo) implements RegisterCommand {}
}
