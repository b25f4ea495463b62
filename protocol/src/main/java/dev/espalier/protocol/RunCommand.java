package dev.espalier.protocol;

import java.util.Optional;
import java.util.OptionalInt;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.pattern.StatusReply;

/**
 * What one can ask of a run: the same words on the command line, over HTTP and between actors. Each is answered with
 * the run's status after it, or with an error in one sentence.
 */
public sealed interface RunCommand extends WireMessage {

    ActorRef<StatusReply<RunStatus>> replyTo();

    /**
     * Start the run, or go on with it if it exists: submitting the same run twice is resuming it. What the configuration
     * changes of a run that exists is done again, with all that follows; refused if that would throw training away which
     * {@code again} does not name.
     *
     * @param run the run's name, which is the entity's id
     * @param directory the run folder, seen by coordinator and workers
     * @param config the resolved configuration
     * @param again the stage to do again, whatever of it is done; the stages after it follow again
     */
    record Submit(
            String run,
            String directory,
            String config,
            Optional<Stage> again,
            ActorRef<StatusReply<RunStatus>> replyTo)
            implements RunCommand {}

    /**
     * Go on after a pause, or with the failed stage from its last merged assignment. A finished run reads its files, and
     * makes again what is missing or damaged.
     */
    record Resume(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    /** Stop handing out work; the assignment in flight is cancelled and given out again on resume. */
    record Pause(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    /** End the run for good. What it left behind stays. */
    record Cancel(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    /**
     * Do a stage again; the stages after it follow again.
     *
     * @param from the student version to go on from, which the stage made and the run still keeps; empty: from the start
     */
    record Retry(Stage stage, OptionalInt from, ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    /** Leave out the current stage, which must have failed or be paused, and go on with the next. */
    record Skip(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    /**
     * Forget the run, so that another can have its name. Refused while it is at work; one that is not there any more is
     * forgotten already. Whoever asks deletes the run folder then.
     */
    record Remove(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}

    record GetStatus(ActorRef<StatusReply<RunStatus>> replyTo) implements RunCommand {}
}
