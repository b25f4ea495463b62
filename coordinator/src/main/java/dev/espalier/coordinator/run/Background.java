package dev.espalier.coordinator.run;

import dev.espalier.coordinator.folder.DiskWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * What a run does on threads that may block. What it comes to is a message to the run that began it, and of no use to one
 * that has begun anew since.
 */
final class Background {
    private final Run by;
    private final ActorContext<Run.Message> context;

    Background(Run by, ActorContext<Run.Message> context) {
        this.by = by;
        this.context = context;
    }

    interface Io<T> {
        T run() throws IOException;
    }

    /** @param failed is told of a {@link java.util.concurrent.CompletionException} */
    <T> void begin(Io<T> work, Function<T, Run.Finding> done, Function<Throwable, Run.Finding> failed) {
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> checked(work), DiskWork.of(context.getSystem())),
                (result, failure) ->
                        new Run.Finished(by, failure == null ? done.apply(result) : failed.apply(failure)));
    }

    private static <T> T checked(Io<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
