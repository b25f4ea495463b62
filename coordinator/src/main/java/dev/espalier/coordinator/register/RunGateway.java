package dev.espalier.coordinator.register;

import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.pattern.StatusReply;

/**
 * The way to the runs of a coordinator, wherever they are. A stage fails with {@link StatusReply.ErrorMessage} or
 * {@link dev.espalier.protocol.UserError} if a run refuses, and with a {@link java.util.concurrent.TimeoutException} if
 * none answers in time.
 */
public interface RunGateway {
    /**
     * Runs, the newest first.
     *
     * @param after the run that the page before ended with; empty: from the newest on
     */
    CompletionStage<RunList> list(String after, int limit);

    CompletionStage<RunLookup> find(String run);

    /**
     * Starts the run, or goes on with it if it exists.
     *
     * @param again the stage to do again, with those after it
     */
    CompletionStage<RunStatus> submit(ResolvedRun run, Optional<Stage> again);

    default CompletionStage<RunStatus> submit(ResolvedRun run) {
        return submit(run, Optional.empty());
    }

    /** Deletes what a run made, which must not be at work, and frees its name; whoever asks has found it. */
    CompletionStage<RunRemoval> remove(RunEntry run);

    /** Has a run do something; whoever asks has found it. */
    CompletionStage<RunStatus> command(RunEntry run, Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command);

    CompletionStage<RunStatus> status(String run);
}
